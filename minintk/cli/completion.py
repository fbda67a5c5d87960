"""`minintk completion bash|zsh|fish`: a script by which a shell completes commands and their words.

The script is written from argparse's tree, so that a new command or option is in it by itself. What
an option or argument takes is read from its description there. That is `choices`, else `words`, a
function that returns them, which the command sets. Else it is files, where its metavar says so. A
metavar that ends in `,...` is a list of words between commas.
"""

from __future__ import annotations

import argparse
import re
import shlex
from collections.abc import Iterator
from typing import Any


def add_command(commands: Any) -> None:
    """Describe the command and its options."""
    completion = commands.add_parser(
        "completion",
        help="print a script that completes commands, options and names in your shell",
        description="Print a script that completes commands, options, claims, quantities and "
        "exercises when you press the tabulator key.",
        epilog="examples, one for each shell:\n"
        '  eval "$(minintk completion bash)"          in ~/.bashrc\n'
        '  eval "$(minintk completion zsh)"           in ~/.zshrc, after compinit\n'
        "  minintk completion fish | source           in ~/.config/fish/config.fish",
    )
    completion.add_argument(
        "shell", choices=list(_SHELLS), metavar="bash|zsh|fish", help="the shell that you use"
    )
    completion.set_defaults(command=run, refuse=completion.error)


def run(options: argparse.Namespace) -> int:
    """Carry out the command and return its exit status."""
    print(_SHELLS[options.shell](_commands(options.parser)))
    return 0


def _commands(parser: argparse.ArgumentParser) -> dict[str, tuple[str, argparse.ArgumentParser]]:
    """The one-line help and the parser of every command, by its name."""
    (tree,) = (a for a in parser._actions if isinstance(a, argparse._SubParsersAction))
    helps = {choice.dest: choice.help or "" for choice in tree._choices_actions}
    return {name: (helps.get(name, ""), command) for name, command in tree.choices.items()}


def _options(parser: argparse.ArgumentParser) -> Iterator[argparse.Action]:
    yield from (action for action in parser._actions if action.option_strings)


def _arguments(parser: argparse.ArgumentParser) -> Iterator[argparse.Action]:
    yield from (action for action in parser._actions if not action.option_strings)


def _words(action: argparse.Action) -> list[str]:
    """What may stand there, if it is a word of a list that no shell reads otherwise."""
    words = action.choices or getattr(action, "words", list)()
    return [str(word) for word in words if re.fullmatch(r"[\w.-]+", str(word))]


def _is_list(action: argparse.Action) -> bool:
    return str(action.metavar).endswith(",...")


def _takes_value(action: argparse.Action) -> bool:
    return action.nargs != 0


def _is_file(action: argparse.Action) -> bool:
    return any(word in str(action.metavar) for word in ("FILE", "DIR", "ZIP"))


def _meaning(action: argparse.Action) -> str:
    """The help of an option in one line, without what argparse fills in."""
    return " ".join((action.help or "").split()).split(" (default")[0].replace("%%", "%")


# --- bash -----------------------------------------------------------------------------------------

_BASH = """\
# minintk: completion for bash, written by `minintk completion bash`
_minintk() {
    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} command=${COMP_WORDS[1]}
    local words="" kind="" head="" place=1 i
    if [[ $cur == = ]]; then
        cur=""
    elif [[ $prev == = ]]; then
        prev=${COMP_WORDS[COMP_CWORD-2]}
    fi
    COMPREPLY=()
    if [[ $COMP_CWORD -eq 1 ]]; then
        COMPREPLY=($(compgen -W "COMMANDS" -- "$cur"))
        return
    fi
    case "$command $prev" in
OPTION_VALUES
    esac
    if [[ -z $kind && $cur == -* ]]; then
        kind=words
        case "$command" in
OPTION_NAMES
        esac
    elif [[ -z $kind ]]; then
        for ((i = 2; i < COMP_CWORD; i++)); do
            case "$command ${COMP_WORDS[i]}" in
                TAKE_A_VALUE) ((i++)); [[ ${COMP_WORDS[i]} == = ]] && ((i++)) ;;
                *" -"*) ;;
                *) ((place++)) ;;
            esac
        done
        case "$command $place" in
ARGUMENTS
        esac
    fi
    case "$kind" in
        words) COMPREPLY=($(compgen -W "$words" -- "$cur")) ;;
        list)
            [[ $cur == *,* ]] && head=${cur%,*},
            COMPREPLY=($(compgen -P "$head" -W "$words" -- "${cur##*,}"))
            compopt -o nospace 2> /dev/null ;;
        files) compopt -o default 2> /dev/null || COMPREPLY=($(compgen -f -- "$cur")) ;;
    esac
}
complete -F _minintk minintk"""


def _bash(commands: dict[str, tuple[str, argparse.ArgumentParser]]) -> str:
    values, names, takers, arguments = [], [], [], []
    for name, (_, parser) in commands.items():
        strings = [string for option in _options(parser) for string in option.option_strings]
        names.append(f'            {name}) words="{" ".join(strings)}" ;;')
        for option in filter(_takes_value, _options(parser)):
            patterns = [f'"{name} {string}"' for string in option.option_strings]
            takers += patterns
            values.append(f"        {'|'.join(patterns)}) {_bash_value(option)} ;;")
        for place, argument in enumerate(_arguments(parser), 1):
            many = "*" if argument.nargs in ("+", "*") else place
            arguments.append(f'            "{name} "{many}) {_bash_value(argument)} ;;')
    return (
        _BASH.replace("COMMANDS", " ".join([*commands, "--help", "--version"]))
        .replace("OPTION_VALUES", "\n".join(values))
        .replace("OPTION_NAMES", "\n".join(names))
        .replace("TAKE_A_VALUE", "|".join(takers))
        .replace("ARGUMENTS", "\n".join(arguments))
    )


def _bash_value(action: argparse.Action) -> str:
    words = _words(action)
    if not words:
        return "kind=files" if _is_file(action) else "kind=none"
    return f'kind={"list" if _is_list(action) else "words"} words="{" ".join(words)}"'


# --- zsh ------------------------------------------------------------------------------------------

_ZSH = """\
#compdef minintk
# minintk: completion for zsh, written by `minintk completion zsh`
_minintk() {
    local curcontext="$curcontext" state line
    local -a commands=(
COMMANDS
    )
    _arguments -C '--help[show this help]' '--version[show the version]' \\
        '1:command:{_describe command commands}' '*::argument:->arguments'
    [[ $state == arguments ]] || return
    case $line[1] in
ARGUMENTS
    esac
}
if [[ $funcstack[1] == _minintk ]]; then _minintk "$@"; else compdef _minintk minintk; fi"""


def _zsh(commands: dict[str, tuple[str, argparse.ArgumentParser]]) -> str:
    named, cases = [], []
    for name, (meaning, parser) in commands.items():
        named.append(f"        {shlex.quote(f'{name}:{meaning}')}")
        specs = [
            string
            + ("=" if _takes_value(option) and string.startswith("--") else "")
            + f"[{_zsh_text(_meaning(option))}]"
            + _zsh_value(option) * _takes_value(option)
            for option in _options(parser)
            for string in option.option_strings
        ]
        for place, argument in enumerate(_arguments(parser), 1):
            many = "*" if argument.nargs in ("+", "*") else place
            specs.append(f"{many}{_zsh_value(argument)}")
        quoted = " \\\n            ".join(map(shlex.quote, specs))
        cases.append(f"        {name}) _arguments -s \\\n            {quoted} ;;")
    return _ZSH.replace("COMMANDS", "\n".join(named)).replace("ARGUMENTS", "\n".join(cases))


def _zsh_text(text: str) -> str:
    return text.replace("\\", "\\\\").replace("[", "\\[").replace("]", "\\]").replace(":", "\\:")


def _zsh_value(action: argparse.Action) -> str:
    title, words = _zsh_text(str(action.metavar or action.dest)), " ".join(_words(action))
    if not words:
        return f":{title}:{'_files' if _is_file(action) else ' '}"
    if _is_list(action):
        return f":{title}:_sequence compadd - {words}"
    return f":{title}:({words})"


# --- fish -----------------------------------------------------------------------------------------


def _fish(commands: dict[str, tuple[str, argparse.ArgumentParser]]) -> str:
    lines = [
        "# minintk: completion for fish, written by `minintk completion fish`",
        "complete -c minintk -f",
        "complete -c minintk -n __fish_use_subcommand -l version -d 'show the version'",
        "complete -c minintk -n __fish_use_subcommand -l help -d 'show this help'",
    ]
    for name, (meaning, parser) in commands.items():
        lines.append(
            f"complete -c minintk -n __fish_use_subcommand -a {name} -d {shlex.quote(meaning)}"
        )
        seen = f"__fish_seen_subcommand_from {name}"
        for option in _options(parser):
            for string in option.option_strings:
                kind = "-l" if string.startswith("--") else "-s"
                value = _fish_value(option) if _takes_value(option) else ""
                lines.append(
                    f"complete -c minintk -n '{seen}' {kind} {string.lstrip('-')}{value} "
                    f"-d {shlex.quote(_meaning(option))}"
                )
        for argument in _arguments(parser):
            words = " ".join(_words(argument))
            if words:  # as long as none of them is given
                first = f"{seen}; and not __fish_seen_subcommand_from {words}"
                lines.append(f"complete -c minintk -n '{first}' -a '{words}'")
            elif _is_file(argument):
                lines.append(f"complete -c minintk -n '{seen}' -F")
    return "\n".join(lines)


def _fish_value(action: argparse.Action) -> str:
    words = " ".join(_words(action))
    if not words:
        return " -r -F" if _is_file(action) else " -x"
    return f" -x -a '(__fish_append , {words})'" if _is_list(action) else f" -x -a '{words}'"


_SHELLS = {"bash": _bash, "zsh": _zsh, "fish": _fish}
