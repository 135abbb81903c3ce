"""The words of a command line, sorted into options and arguments before click reads them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import click

from runcomfy_client._core.suggestions import did_you_mean


def option_names(context: click.Context) -> list[str]:
    """Return the options that a command takes."""
    shown = [one for one in context.command.get_params(context) if isinstance(one, click.Option) and not one.hidden]
    return [name for option in shown for name in (*option.opts, *option.secondary_opts) if name.startswith("--")]


def check_option_values(context: click.Context, words: Sequence[str]) -> None:
    """Check that no option stands where the value of another one is due, as after `--prompt $UNSET --no-generate-audio`.

    Raises:
        UsageError: one does.
    """
    known = _options(context)
    for name, values in _grouped(context, words):
        if values and name in known and values[0] in known:
            raise click.UsageError(
                f"{name} has no value: the option {values[0]} follows it (is a shell variable unset?). "
                f"If that is the value, write {name}={values[0]}.",
                context,
            )


def protect_arguments(context: click.Context, words: Sequence[str], *, expected: int) -> list[str]:
    """Return the words so that click takes those for arguments that are: a request id or a key may begin with a hyphen.

    A word with a hyphen that is not an option is an argument where one of the `expected` ones is still missing, unless it looks
    like a misspelt option.
    """
    if "--" in words:
        return list(words)
    known = _options(context)
    options: list[str] = []
    arguments: list[str] = []
    for name, values in _grouped(context, words):
        if name.partition("=")[0] in known or _is_misspelt(context, name):
            options += [name, *values]
        else:
            arguments.append(name)
    plain = sum(not word.startswith("-") for word in arguments)
    if plain == len(arguments) or plain >= expected:
        return list(words)
    return [*options, "--", *arguments]


def _options(context: click.Context) -> dict[str, bool]:
    """Return the options of a command, and whether each one takes a value."""
    found = [one for one in context.command.get_params(context) if isinstance(one, click.Option)]
    return {name: not (option.is_flag or option.count) for option in found for name in (*option.opts, *option.secondary_opts)}


def _grouped(context: click.Context, words: Sequence[str]) -> Iterator[tuple[str, list[str]]]:
    """Yield the words up to `--`, an option together with its value."""
    known = _options(context)
    index = 0
    while index < len(words) and words[index] != "--":
        end = index + (2 if known.get(words[index]) else 1)
        yield words[index], list(words[index + 1 : end])
        index = end


def _is_misspelt(context: click.Context, word: str) -> bool:
    names = option_names(context)
    if word.startswith("--"):
        return bool(did_you_mean(word.partition("=")[0], names))
    return word.startswith("-") and f"-{word}" in names
