"""One pattern for all commands: examples, --quiet, --json, colours and bars on a terminal alone, completion in the shell."""

from __future__ import annotations

import json
import os
import pty
import select
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import click
import pytest

from geoops import terminal
from geoops.cli import cli, run

REPOSITORY = Path(__file__).parents[2]
PRINTS_A_FILE = {("schema",): "prints a JSON Schema", ("completion",): "prints a script"}
"""Commands whose whole output is a file for another program; they have neither --quiet nor --json."""


def all_commands(group=cli, path=()):
    for name, command in group.commands.items():
        yield (*path, name), command
        if isinstance(command, click.Group):
            yield from all_commands(command, (*path, name))


COMMANDS = dict(all_commands())
LEAVES = [path for path, command in COMMANDS.items() if not isinstance(command, click.Group)]


def options_of(path):
    return {flag for p in COMMANDS[path].params if isinstance(p, click.Option) for flag in p.opts}


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_every_command_shows_examples(path):
    epilog = COMMANDS[path].epilog or ""
    shown = [line.strip() for line in epilog.splitlines() if line.strip().startswith("geoops ")]
    assert "Example" in epilog
    assert any(line.startswith(f"geoops {' '.join(path)}") for line in shown), shown


@pytest.mark.parametrize("path", [p for p in LEAVES if p not in PRINTS_A_FILE], ids=" ".join)
def test_every_command_takes_quiet_and_json(path):
    assert {"--quiet", "-q", "--json"} <= options_of(path)


@pytest.mark.parametrize("path", LEAVES, ids=" ".join)
def test_one_word_means_one_thing_in_all_commands(path):
    """The same option has the same short form and the same help wherever it stands."""
    shared = {"--json": "Print JSON, for other programs.", "--csv": "Print CSV."}
    for option in COMMANDS[path].params:
        if not isinstance(option, click.Option):
            continue
        if option.is_flag and option.opts[0] in shared:
            assert option.help == shared[option.opts[0]]
        if "--out" in option.opts:
            assert "-o" in option.opts
        if "-q" in option.opts:
            assert "--quiet" in option.opts


CALLS = {
    ("geocode",): ["Kirkuk"],
    ("places",): ["{text}"],
    ("nearest",): ["44.39,35.47", "--layer", "border_crossings"],
    ("new",): ["Kirkuk", "--date", "2025-06-30"],
    ("verify",): ["{bundle}"],
    ("lint",): ["{bundle}"],
    ("render",): ["{brief}", "--out", "{out}"],
    ("report",): ["{text}", "--date", "2025-06-30", "--out", "{out}"],
    ("layers", "list"): [],
    ("layers", "info"): ["roads"],
    ("layers", "licences"): [],
    ("layers", "fetch"): ["geonames", "--country", "SY", "--dry-run"],
    ("gazetteer", "build"): ["--csv", "{places}", "--out", "{out}"],
    ("doctor",): [],
}
ELSEWHERE = {("layers", "check"): "tests/layers", ("layers", "build"): "tests/layers"}
"""Commands that take long; what they print is tested there."""


def test_every_command_is_called_here_or_elsewhere():
    assert {*CALLS, *ELSEWHERE, *PRINTS_A_FILE} == set(LEAVES)


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pattern")
    (folder / "text.txt").write_text("News from Kirkuk\n\nA market in Kirkuk was reopened.\n")
    (folder / "brief.toml").write_text(
        'title = "Tiny"\ndate = 2025-06-30\nsites = ["Kirkuk"]\n[[figures]]\nkind = "sites"\nname = "tiny"\nlayers = []\n'
        'formats = ["svg"]\nsize = "journal-84"\n[output]\nweb = false\nreport = []\ntables = false\n'
    )
    (folder / "places.csv").write_text("name,lon,lat\nBardalla,41.0,35.0\n")
    assert run(["render", str(folder / "brief.toml"), "--out", str(folder / "bundle"), "--quiet"]) == 0
    return folder


def words_of(path, files, tmp_path):
    names = {
        "text": files / "text.txt", "brief": files / "brief.toml", "bundle": files / "bundle", "out": tmp_path / "out",
        "places": files / "places.csv",
    }  # fmt: skip
    return [*path, *(word.format(**names) for word in CALLS[path])]


@pytest.mark.parametrize("path", CALLS, ids=" ".join)
def test_quiet_keeps_stderr_empty_and_json_makes_stdout_json(path, files, tmp_path, capsys, monkeypatch):
    if path == ("report",):  # the text's reading is what differs from `render`
        monkeypatch.setattr("geoops.commands.reports._render", lambda *_, **__: sys.stdout.write("[]") and 0)
    code = run([*words_of(path, files, tmp_path), "--quiet", "--json"])
    out, err = capsys.readouterr()
    assert code == 0
    assert err == ""
    json.loads(out)


# --- colours and bars on a terminal alone


def on_a_terminal(arguments, *, env=None, both=True):
    """What a command writes to a pseudo-terminal: its stderr, and its stdout where `both`."""
    main, end = pty.openpty()
    code = "import sys; from geoops.cli import main; main(sys.argv[1:])"
    done = subprocess.Popen(
        [sys.executable, "-c", code, *arguments], stdout=end if both else subprocess.PIPE, stderr=end,
        env={**{k: v for k, v in os.environ.items() if k not in {"NO_COLOR", "FORCE_COLOR"}}, "TERM": "xterm-256color", **(env or {})},
    )  # fmt: skip
    os.close(end)
    text = b""
    while True:
        try:
            piece = os.read(main, 65536)
        except OSError:  # the other end has closed
            break
        if not piece:
            break
        text += piece
    out = b""
    if not both:
        with done.stdout:
            out = done.stdout.read()
    done.wait(60)
    os.close(main)
    return text.decode(), out.decode()


COLOUR = "\x1b[1m"


def test_a_terminal_gets_a_drawn_table_and_a_bar_with_the_time_left(files):
    text, _ = on_a_terminal(["verify", str(files / "bundle")])
    assert "Comparing" in text
    assert "━" in text
    assert "0:00:0" in text
    text, _ = on_a_terminal(["layers", "info", "roads"])
    assert COLOUR in text
    assert "────" in text


def test_a_terminal_that_wants_no_colour_gets_none():
    text, _ = on_a_terminal(["layers", "info", "roads"], env={"NO_COLOR": "1"})
    assert "────" in text
    assert not any(f"\x1b[{n}m" in text for n in (31, 32, 33, 36))
    text, _ = on_a_terminal(["layers", "info", "roads"], env={"TERM": "dumb"})
    assert "\x1b[" not in text


def test_a_pipe_gets_neither_colour_nor_bar_whatever_stderr_is(files):
    _, out = on_a_terminal(["layers", "info", "roads"], both=False)
    assert "\x1b" not in out
    assert out.splitlines()[0] == "field\tvalue"
    done = subprocess.run(
        [sys.executable, "-m", "geoops", "render", str(files / "brief.toml"), "--out", str(files / "again")],
        capture_output=True, text=True, check=True, env={**os.environ, "FORCE_COLOR": "1"},
    )  # fmt: skip
    assert "\x1b" not in done.stdout + done.stderr
    assert "%]" in done.stderr


def test_short_work_tells_its_steps_on_a_terminal_only(capsys):
    with terminal.progress("Work", lines=False) as step:
        assert step is None
    assert capsys.readouterr().err == ""


# --- completion in the shell

SHELLS = {"bash": ["bash", "-n"], "zsh": ["zsh", "-n"], "fish": ["fish", "--no-execute"]}


@pytest.mark.parametrize("shell", SHELLS)
def test_a_script_for_each_shell_is_printed(shell, capsys, tmp_path):
    assert run(["completion", shell]) == 0
    script = capsys.readouterr().out
    assert "_GEOOPS_COMPLETE" in script
    assert f"{shell}_complete" in script
    if shutil.which(shell):
        (tmp_path / "script").write_text(script)
        subprocess.run([*SHELLS[shell], str(tmp_path / "script")], check=True)


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A home with a geoops of this Python before all others in the PATH, and its completions where each shell looks for them."""
    folder = tmp_path_factory.mktemp("home")
    program = folder / "geoops"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m geoops "$@"\n')
    program.chmod(0o755)
    env = {**os.environ, "PATH": f"{folder}{os.pathsep}{os.environ['PATH']}", "HOME": str(folder)}
    for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "ZDOTDIR", "COLUMNS", "LINES"):
        env.pop(name, None)
    for shell, file in (
        ("bash", "completion"),
        ("zsh", ".zfunc/_geoops"),
        ("fish", ".config/fish/completions/geoops.fish"),
    ):
        script = subprocess.run(["geoops", "completion", shell], env=env, capture_output=True, text=True, check=True)
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        (folder / file).write_text(script.stdout)
    (folder / ".zshrc").write_text("PS1='READY> '\nfpath+=~/.zfunc\nautoload -U compinit && compinit -u\n")
    return folder, env


def _shell(name):
    if not shutil.which(name):
        pytest.skip(f"{name} is not here (Debian: {name})")


def bash_completes(home, line):
    """What a real bash offers, by the function that the script defines."""
    _shell("bash")
    folder, env = home
    words = line.split(" ")
    quoted = " ".join(f"'{word}'" for word in words)
    code = (
        f"source {folder}/completion; COMP_WORDS=({quoted}); COMP_CWORD={len(words) - 1};"
        f" _geoops_completion geoops '{words[-1]}' '{words[-2]}'; printf '%s\\n' \"${{COMPREPLY[@]}}\""
    )
    done = subprocess.run(["bash", "--norc", "-c", code], env=env, capture_output=True, text=True, check=True)
    assert done.stderr == ""
    return done.stdout.split()


def fish_completes(home, line):
    """What a real fish offers; beside each word stands its description."""
    _shell("fish")
    _, env = home
    done = subprocess.run(["fish", "-c", f'complete -C "{line}"'], env=env, capture_output=True, text=True, check=True)
    assert done.stderr == ""
    return [row.split("\t")[0] for row in done.stdout.splitlines()]


def zsh_shows(home, line, wanted, seconds=30.0):
    """What a real zsh on a terminal shows after the Tab key, until all that is wanted stands there or the time is over."""
    _shell("zsh")
    _, env = home
    child, terminal_end = pty.fork()
    if child == 0:  # pragma: no cover  in the child
        os.execvpe("zsh", ["zsh", "-i"], {**env, "TERM": "dumb"})
    try:
        _read(terminal_end, ["READY>"], seconds)
        os.write(terminal_end, f"{line}\t".encode())
        return _read(terminal_end, wanted, seconds)
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        os.close(terminal_end)


def _read(terminal_end, wanted, seconds):
    """What a terminal shows, until all words that are wanted are among it."""
    shown, end = "", time.monotonic() + seconds
    while time.monotonic() < end and not all(word in shown for word in wanted):
        if select.select([terminal_end], [], [], 0.2)[0]:
            shown += os.read(terminal_end, 65_536).decode(errors="replace")
    return shown


COMPLETIONS = [
    ("geoops re", ["render", "report"]),
    ("geoops layers l", ["licences", "list"]),
    ("geoops layers info ro", ["roads", "road_links"]),
    ("geoops nearest Kirkuk --layer oil", ["oil_gas_fields"]),
    ("geoops nearest Kirkuk --edges ", ["geodesic", "planar"]),
    ("geoops completion ", ["bash", "zsh", "fish"]),
    ("geoops render --from", ["--from-manifest"]),
    ("geoops xyzzy", []),
]


@pytest.mark.parametrize(("line", "words"), COMPLETIONS)
def test_bash_completes_commands_options_choices_and_layers(home, line, words):
    assert sorted(bash_completes(home, line)) == sorted(words)


@pytest.mark.parametrize(("line", "words"), COMPLETIONS)
def test_fish_completes_commands_options_choices_and_layers(home, line, words):
    assert sorted(fish_completes(home, line)) == sorted(words)


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("geoops ren", ["geoops render "]),
        ("geoops re", ["render", "Make all that a brief asks for.", "report", "Make all that a text needs."]),
        ("geoops nearest 'Deir al-Zor' --layer oil", ["--layer oil_gas_fields "]),
        ("geoops nearest Kirkuk --edges ", ["geodesic", "planar"]),
    ],
)
def test_zsh_completes_on_a_terminal(home, line, shown):
    screen = zsh_shows(home, line, shown)
    assert all(word in screen for word in shown), screen


def test_bash_itself_calls_the_completion_for_geoops(home):
    _shell("bash")
    folder, env = home
    code = f"source {folder}/completion; complete -p geoops"
    done = subprocess.run(["bash", "--norc", "-c", code], env=env, capture_output=True, text=True, check=True)
    assert "-F _geoops_completion geoops" in done.stdout
