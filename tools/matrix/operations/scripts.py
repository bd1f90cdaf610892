"""Beginnings of scripts, in shell and in Python."""

from __future__ import annotations

TODO = """GIT_SEQUENCE_EDITOR="sed -i '{}'" git rebase -i"""
OFF = "git -c core.hooksPath=/dev/null"

PYGIT2 = "import pygit2\nr = pygit2.Repository('.')\ns = pygit2.Signature('a', 'a@example.com', 1766900000, 0)\n"
DULWICH = "import warnings; warnings.simplefilter('ignore')\nfrom dulwich import porcelain\nfrom dulwich.repo import Repo\nr = Repo('.')\n"
GITPYTHON = "import git\nr = git.Repo('.')\n"
EDIT = "open('a', 'a').write('edited\\n')\n"
