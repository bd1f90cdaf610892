"""Writes man/*.1 and docs/commands.md from the command definitions of the built program."""

from __future__ import annotations

import json
import re
import subprocess
import sys

import programs

ROOT = programs.ROOT
MAN = ROOT / "man"
REFERENCE = ROOT / "docs" / "commands.md"
EXIT_CODES = [
    (0, "done, or allowed"),
    (1, "refused by the gate or by a check"),
    (3, "run waits for a role"),
    (64, "a mistake in the command line"),
    (65, "a file's or an object's content is wrong; it is named with its place"),
    (66, "no repository, or no state sealed in it"),
    (69, "a program that is needed is missing"),
    (70, "a fault of llmos-hook's own"),
    (73, "something cannot be created"),
    (74, "something cannot be read or written"),
    (75, "somebody else holds the lock: try again"),
    (130, "interrupted"),
]
EVERYWHERE = {"C", "quiet", "color", "version", "help"}


def definitions(program):
    """The tree of commands: each a dict of commandName, abstract, discussion, arguments, subcommands."""
    out = subprocess.run([program, "--experimental-dump-help"], check=True, capture_output=True, timeout=60)
    return json.loads(out.stdout)["command"]


def children(command):
    return [c for c in command.get("subcommands", []) if c["commandName"] != "help" and c.get("shouldDisplay", True)]


def preferred(argument):
    """`--mode`, `-n`; a positional argument has none."""
    name = argument.get("preferredName")
    return "" if not name else ("--" if name["kind"] == "long" else "-") + name["name"]


def own(command):
    """The arguments of this command, without those that every command takes."""
    return [
        a
        for a in command.get("arguments", [])
        if a.get("shouldDisplay", True) and (a.get("preferredName") or {}).get("name") not in EVERYWHERE
    ]


def spelled(argument):
    """The argument as usage shows it: `--mode <mode>`, `<target>`."""
    value = "<{}>".format(argument["valueName"])
    if argument["kind"] == "positional":
        text = value
    elif argument["kind"] == "flag":
        text = preferred(argument)
    else:
        text = preferred(argument) + " " + value
    return text + (" ..." if argument.get("isRepeating") else "")


def listed(argument):
    """The argument with all its names, for a list of options."""
    names = [("--" if n["kind"] == "long" else "-") + n["name"] for n in argument.get("names", [])]
    names.sort(key=lambda n: n.startswith("--"))
    text = spelled(argument)
    return ", ".join(names[:-1] + [text]) if len(names) > 1 else text


def usage(command, words):
    parts = []
    for argument in sorted(own(command), key=lambda a: a["kind"] == "positional"):
        text = spelled(argument)
        parts.append(f"[{text}]" if argument.get("isOptional") else text)
    if children(command):
        parts.append("[<subcommand>]" if command.get("defaultSubcommand") else "<subcommand>")
    return " ".join(words + parts)


def explained(argument):
    text = argument.get("abstract", "").rstrip()
    values = argument.get("allValues")
    if values and not all(value in text for value in values):
        text += " One of {}.".format(", ".join(values))
    default = argument.get("defaultValue")
    if default and argument["kind"] == "option":
        text += f" Without it: {default}."
    return text


def split_example(discussion):
    """The discussion's paragraphs, and the command lines of its last words, `Example: ...`."""
    text, _, example = (discussion or "").partition("Example: ")
    paragraphs = [" ".join(p.split()) for p in text.split("\n\n") if p.strip()]
    return paragraphs, re.sub(r"\s+", " ", example).strip()


# Man pages


def roff(text):
    text = text.replace("\\", "\\e").replace("-", "\\-").replace("'", "\\(aq").replace("`", "\\(ga")
    text = text.replace("^", "\\(ha").replace("~", "\\(ti")
    return "\n".join("\\&" + line if line[:1] in ".'" else line for line in text.split("\n"))


def man_arguments(arguments):
    lines = []
    for argument in arguments:
        lines += [".TP", ".B " + roff(listed(argument)), roff(explained(argument)) or "\\&"]
    return lines


def man_page(root, command, words):
    name = "-".join(words)
    paragraphs, example = split_example(command.get("discussion"))
    # They have a section of their own.
    paragraphs = [p for p in paragraphs if not p.startswith("Exit codes:")]
    lines = [
        '.\\" Written by scripts/manual.sh from the command definitions.',
        f'.TH "{roff(name.upper())}" "1" "" "llmos\\-hook" "User Commands"',
        ".SH NAME",
        roff(name) + " \\- " + roff(command.get("abstract", "").rstrip(".")),
        ".SH SYNOPSIS",
        ".B " + roff(usage(command, words)),
    ]
    for child in children(command) if command is not root else []:
        lines += [".br", ".B " + roff(usage(child, words + [child["commandName"]]))]
    if paragraphs:
        lines.append(".SH DESCRIPTION")
        for index, paragraph in enumerate(paragraphs):
            lines += ([".PP"] if index else []) + [roff(paragraph)]
    if command is root:
        lines.append(".SH COMMANDS")
        for child in children(command):
            lines += [".TP", ".BR {} (1)".format(roff(name + "-" + child["commandName"])), roff(child["abstract"])]
    else:
        for child in children(command):
            lines += [".SH " + roff(child["commandName"].upper()), roff(child.get("abstract", ""))]
            more, shown = split_example(child.get("discussion"))
            lines += [roff(p) for p in more] + man_arguments(own(child))
            if shown:
                lines += [".PP", "Example:", ".PP", ".EX", roff(shown), ".EE"]
    lines.append(".SH OPTIONS")
    lines += man_arguments(own(command)) + man_arguments(shared(root))
    lines.append(".SH EXIT STATUS")
    for code, meaning in EXIT_CODES:
        lines += [".TP", f".B {code}", roff(meaning[0].upper() + meaning[1:]) + "."]
    if example:
        lines += [".SH EXAMPLES", ".EX", roff(example), ".EE"]
    lines.append(".SH SEE ALSO")
    lines.append(
        ".BR git (1),\n.BR githooks (5)" if command is root else ".BR llmos\\-hook (1),\n.BR git (1),\n.BR githooks (5)"
    )
    return "\n".join(lines) + "\n"


def shared(root):
    """The options that every command takes, as `status` has them."""
    status = next(c for c in children(root) if c["commandName"] == "status")
    return [a for a in status["arguments"] if (a.get("preferredName") or {}).get("name") in EVERYWHERE]


# The reference


def cell(text):
    return text.replace("|", "\\|").replace("<", "&lt;").replace("\n", " ")


def table(arguments):
    if not arguments:
        return []
    rows = ["| `{}` | {} |".format(listed(a).replace("|", "\\|"), cell(explained(a))) for a in arguments]
    return ["| argument | does |", "| --- | --- |"] + rows + [""]


def section(command, words, level):
    paragraphs, example = split_example(command.get("discussion"))
    lines = ["{} {}".format("#" * level, " ".join(words)), "", command.get("abstract", ""), ""]
    lines += ["```", usage(command, words), "```", ""]
    for paragraph in paragraphs:
        lines += [paragraph.replace("<", "&lt;"), ""]
    lines += table(own(command))
    if example:
        lines += ["```sh", example, "```", ""]
    for child in children(command):
        lines += section(child, words + [child["commandName"]], level + 1)
    return lines


def reference(root):
    lines = [
        "# Commands",
        "",
        "Written by `scripts/manual.sh` from the command definitions; `llmos-hook help COMMAND` and",
        "`man llmos-hook-COMMAND` say the same.",
        "",
        "Every command takes these, behind its name or before it:",
        "",
    ]
    lines += table(shared(root))
    lines += ["Results go to stdout, messages for people to stderr. The exit codes are:", ""]
    lines += ["| code | means |", "| --- | --- |"]
    lines += [f"| {code} | {meaning} |" for code, meaning in EXIT_CODES] + [""]
    for child in children(root):
        lines += section(child, ["llmos-hook", child["commandName"]], 2)
    return "\n".join(lines).rstrip() + "\n"


def main() -> int:
    parser = programs.parser("manual", __doc__)
    parser.add_argument("program", nargs="?", metavar="PROGRAM", help="llmos-hook; without it, the built one")
    parser.add_argument("--check", action="store_true", help="write nothing; end with 1 when a file is not up to date")
    options = parser.parse_args()
    root = definitions(options.program or programs.directory() / "llmos-hook")
    files = {MAN / "llmos-hook.1": man_page(root, root, ["llmos-hook"]), REFERENCE: reference(root)}
    for child in children(root):
        path = MAN / f"llmos-hook-{child['commandName']}.1"
        files[path] = man_page(root, child, ["llmos-hook", child["commandName"]])
    stale = [p for p, text in files.items() if not p.exists() or p.read_text() != text]
    stale += [p for p in sorted(MAN.glob("*.1")) if p not in files]
    if options.check:
        for path in stale:
            print(f"manual.sh: {path.relative_to(ROOT)} is not what the command definitions say", file=sys.stderr)
        if stale:
            print("  next: scripts/manual.sh", file=sys.stderr)
        return 1 if stale else 0
    MAN.mkdir(exist_ok=True)
    for path in stale:
        if path in files:
            path.write_text(files[path])
        else:
            path.unlink()
    return 0
