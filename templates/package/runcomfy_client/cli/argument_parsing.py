"""Separates the words of a command line into options and arguments, before click parses them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import click

from runcomfy_client._core.suggestions import did_you_mean


def option_names(context: click.Context) -> list[str]:
    """Return the names of the options of a command, except hidden ones."""
    params = context.command.get_params(context)
    options = [param for param in params if isinstance(param, click.Option) and not param.hidden]
    return [name for option in options for name in (*option.opts, *option.secondary_opts) if name.startswith("--")]


def check_option_values(context: click.Context, words: Sequence[str]) -> None:
    """Check that the value of an option is not another option, as in `--prompt $UNSET --no-generate-audio`.

    Raises:
        UsageError: an option has no value.
    """
    known = _options(context)
    for name, values in _options_with_values(context, words):
        if values and name in known and values[0] in known:
            raise click.UsageError(
                f"{name} has no value: the option {values[0]} follows it (is a shell variable unset?). "
                f"If {values[0]} is the value, write {name}={values[0]}.",
                context,
            )


def protect_arguments(context: click.Context, words: Sequence[str], *, expected: int) -> list[str]:
    """Reorder the words so that click parses arguments that begin with a hyphen, such as request ids, as arguments.

    A word that begins with a hyphen and is not an option is an argument if there are fewer than `expected` other arguments, unless
    it looks like a misspelled option.
    """
    if "--" in words:
        return list(words)
    known = _options(context)
    options: list[str] = []
    arguments: list[str] = []
    for name, values in _options_with_values(context, words):
        if name.partition("=")[0] in known or _is_misspelled(context, name):
            options += [name, *values]
        else:
            arguments.append(name)
    plain = sum(not word.startswith("-") for word in arguments)
    if plain == len(arguments) or plain >= expected:
        return list(words)
    return [*options, "--", *arguments]


def _options(context: click.Context) -> dict[str, bool]:
    """Return the names of the options of a command; the value is True if the option takes a value."""
    options = [param for param in context.command.get_params(context) if isinstance(param, click.Option)]
    return {name: not (option.is_flag or option.count) for option in options for name in (*option.opts, *option.secondary_opts)}


def _options_with_values(context: click.Context, words: Sequence[str]) -> Iterator[tuple[str, list[str]]]:
    """Yield the words up to `--`; each is paired with a list that contains its value, if it is an option with a value."""
    known = _options(context)
    index = 0
    while index < len(words) and words[index] != "--":
        end = index + (2 if known.get(words[index]) else 1)
        yield words[index], list(words[index + 1 : end])
        index = end


def _is_misspelled(context: click.Context, word: str) -> bool:
    names = option_names(context)
    if word.startswith("--"):
        return bool(did_you_mean(word.partition("=")[0], names))
    return word.startswith("-") and f"-{word}" in names
