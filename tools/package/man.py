"""brink's man page, made from what the program says of itself."""

import re
import subprocess


def help_of(program, *command):
    return subprocess.run([str(program), *command, "--help"], check=True, capture_output=True, text=True).stdout


def commands(program):
    """The names of its commands, in the order of --help."""
    listed = help_of(program).split("Subcommands:\n")[1]
    return re.findall(r"^  ([a-z]+) ", listed, re.MULTILINE)


def _verbatim(text):
    escaped = text.replace("\\", "\\e").replace("-", "\\-")
    return ".nf\n" + re.sub(r"^([.'])", r"\\&\1", escaped, flags=re.MULTILINE).rstrip("\n") + "\n.fi\n"


def page(program, version):
    """The text of brink.1."""
    out = [f'.TH BRINK 1 "" "brink {version}" "User Commands"\n.SH NAME\nbrink \\- serve TFLite models at the edge\n',
           ".SH SYNOPSIS\n.B brink\n.I COMMAND\n[ARGUMENTS]\n.SH DESCRIPTION\n", _verbatim(help_of(program))]
    for command in commands(program):
        out += [f'.SH "BRINK {command.upper()}"\n', _verbatim(help_of(program, command))]
    out += [".SH FILES\n.TP\n.I /etc/brink/NAME.yaml\nThe SeldonDeployment that the service brink@NAME serves.\n"
            ".TP\n.I /etc/brink/NAME.env\nVariables of that service.\n"
            ".TP\n.I /var/cache/brink\nModels that were fetched.\n",
            '.SH "EXIT STATUS"\n0: done. 1: it failed, with one line that says why. 2: wrong use.\n']
    return "".join(out)
