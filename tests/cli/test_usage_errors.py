"""Messages about wrong usage: the word that was not understood, suggestions, and where to find help."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from runcomfy_client._core.suggestions import did_you_mean
from runcomfy_client.batch import Counts, Stage
from runcomfy_client.cli.batch_table import BatchView
from runcomfy_client.cli.exit_codes import Exit

from tests.cli.harness import GOOD, KLING, Tool


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["modles"], "unknown command 'modles'. Did you mean models?"),
        (["batch", "run", "--hlep"], "unknown option --hlep. Did you mean --help"),
        (["run", KLING, "--promt", "a"], "unknown option --promt. Did you mean --prompt"),
        (["run", KLING, "--no-generate-adio"], "Did you mean --no-generate-audio"),
        (["run", "--timeou", "5", KLING], "Did you mean --timeout?"),
        (["run", "--prompt", "a", KLING], "unknown option --prompt. The inputs of a model follow MODEL."),
        (["run", KLING, "Snow falls."], "'Snow falls.' does not belong to an option: pass inputs by name, as --prompt ..."),
        (["run", KLING, "--generate-audio=no"], "To set it to false, use --no-generate-audio."),
        (["run", KLING, "--generate-audio", "false"], "takes no value, but 'false' follows it: use --no-generate-audio."),
        (["run", KLING, "--no-generate-audio", "yes"], "'yes' follows it: use --generate-audio."),
        (["batch", "jobs", "--out", "x", "--in-flight", "lots"], "'lots' is not an integer of 1 or more."),
        (["batch", "jobs", "--out", "x", "--in-flight", "0"], "'0' is not an integer of 1 or more."),
        (["batch", "jobs", "--out", "x", "--max-submits", "-1"], "'-1' is not an integer of 0 or more."),
        (["run", KLING, "--timeout", "soon"], "'soon' is not a positive number of seconds."),
        (["wait", "x", "--timeout", "0"], "'0' is not a positive number of seconds."),
        (["wait", "x", "--timeout", "nan"], "'nan' is not a positive number of seconds."),
        (["run", KLING, "--prompt"], "Option '--prompt' requires an argument."),
        (["completion"], "Missing argument 'SHELL'."),
        (["run", "--simulate"], "MODEL is missing."),
        (["--simulate"], "A command is missing."),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_misspelled_words_get_suggestions(words: list[str], expected: str, tool: Tool) -> None:
    ran = tool(*words)
    assert ran.code == Exit.USAGE and expected in ran.err
    assert "--help`" in ran.err, "where to look"
    shown = tool("--json", *words)
    assert expected in shown.json["error"]["message"] and shown.err == ""


def test_at_most_three_suggestions_the_best_first() -> None:
    known = ["--prompt", "--multi-prompt", "--negative-prompt", "--prompts", "--promote", "--out"]
    assert did_you_mean("--promt", known).startswith(" Did you mean --prompt, ")
    assert did_you_mean("--promt", known).count("--") == 3
    assert did_you_mean("--xyz", known) == ""


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["klingg"], "No model matches 'klingg'. For 'klingg', did you mean kling or "),
        (["kling", "audio"], "Single words match: kling matches "),
        (["kling", "zzz"], "`runcomfy-py models` lists all."),
    ],
    ids=["misspelled", "too many", "nothing like it"],
)
def test_an_empty_search_result_suggests_words(words: list[str], expected: str, tool: Tool) -> None:
    ran = tool("models", *words)
    assert (ran.code, ran.out) == (0, "") and expected in ran.err


def test_the_most_similar_model_is_named_first(tool: Tool) -> None:
    output = tool("show", "kling-3.0/standard/image-to-video").err
    assert output.splitlines()[1].strip() == KLING
    assert tool("show", "image-to-video").err.count("/image-to-video") == 3


def test_general_options_may_precede_the_model(tool: Tool) -> None:
    simulator = tool.serve()
    ran = tool("run", "--out", "early", "--no-save", KLING, *GOOD, "--cost", "--json")
    assert ran.json["files"] == [] and ran.json["cost"] == 0.01 and len(simulator.accepted) == 1
    ran = tool("run", "--out", "early", KLING, *GOOD, "--out", "late")
    assert ran.out.startswith("late/"), "the later one wins"


@pytest.mark.parametrize("words", [["--json", "models"], ["models", "--json"], ["--json", "show", KLING], ["run", "--json"]])
def test_json_is_accepted_anywhere(words: list[str], tool: Tool) -> None:
    assert isinstance(json.loads(tool(*words).out), dict)


@pytest.mark.parametrize(
    "words",
    [["-h"], ["run", "-h"], ["submit", "-h"], ["run", KLING, "-h"], ["batch", "-h"], ["batch", "run", "-h"], ["models", "-h"]],
    ids=" ".join,
)
def test_help_has_no_trailing_spaces(words: list[str], tool: Tool) -> None:
    lines = tool(*words).out.splitlines()
    assert len(lines) > 5 and lines == [line.rstrip() for line in lines] and max(map(len, lines)) <= 80


@pytest.mark.parametrize("verb", ["run", "submit"])
def test_the_help_without_a_model_explains_how_inputs_are_given(verb: str, tool: Tool) -> None:
    output = tool(verb, "--help").out
    for words in (f"runcomfy-py {verb} kling/", "--prompt ", "@FILE", "--input FILE", "--simulate", "--json", "--show-request"):
        assert words in output, words


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["--multi-prompt", "scenes.json"], "to read the value from this file, use @scenes.json"),
        (["--input", "wrong.json"], "--dration: unknown input; did you mean "),
        (["--input", "scenes.json"], "scenes.json must contain one JSON object"),
        (["--input", "nowhere.json"], "nowhere.json cannot be read"),
    ],
    ids=lambda value: value[1] if isinstance(value, list) else "",
)
def test_invalid_input_files(words: list[str], expected: str, tool: Tool) -> None:
    Path("scenes.json").write_text('[{"prompt": "a"}]')
    Path("wrong.json").write_text('{"dration": 3}')
    ran = tool("run", KLING, *GOOD, *words)
    assert ran.code == Exit.INPUT and expected in ran.err
    assert "with_extra_inputs" not in ran.err, "this method does not exist on the command line"


def test_simulate_uses_its_program_name(tool: Tool) -> None:
    ran = tool("simulate", "--nope")
    assert ran.code == Exit.USAGE and "runcomfy-py simulate: error" in ran.err


def test_a_text_that_names_a_file_is_rejected(tool: Tool) -> None:
    Path("snow.txt").write_text("Snow falls.")
    simulator = tool.serve()
    ran = tool("run", KLING, *GOOD, "--prompt", "@snow.txt")
    assert ran.code == Exit.INPUT and not simulator.calls
    assert '--prompt: text options do not read files; write --prompt "$(cat snow.txt)"' in ran.err
    assert tool("run", KLING, *GOOD, "--prompt", "@nobody, look up", "--show-request").json["prompt"] == "@nobody, look up"


def test_a_problem_inside_an_input_names_its_option_and_path(tool: Tool) -> None:
    ran = tool("run", KLING, *GOOD, "--duration", "5", "--multi-prompt", '[{"prompt": "a", "duration": "5"}]')
    assert ran.code == Exit.INPUT and "--multi-prompt [0].duration: " in ran.err


def test_a_finished_batch_shows_no_remaining_time(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr("runcomfy_client.cli.batch_table.time.monotonic", lambda: now[0])
    counts = Counts()
    counts.by_stage.update({Stage.PLANNED: 10})
    view = BatchView(counts, save=True)
    now[0] = 20.0
    counts.by_stage.update({Stage.DOWNLOADED: 5, Stage.PLANNED: -5})
    assert "left" in view.rate_text() and "jobs/" in view.rate_text()
    view.end()
    assert "left" not in view.rate_text() and "jobs/" not in view.rate_text()
