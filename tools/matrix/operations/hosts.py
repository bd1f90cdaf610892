"""What a host makes of pull requests: merges of proven commits that no hook sees, and how they come here."""

from __future__ import annotations

# In ../remote.git, which is bare: `host NAME` moves its main to what it reads, and the files are git's automatic merge.
HOST = r"""
at="git -C ../remote.git"
tree() { $at merge-tree --write-tree main "$1"; }
host() { $at update-ref refs/heads/main "$1"; }
"""

MERGES = {
    "a host's merge, pulled":
        'host "$($at commit-tree -p main -p side -m "Merge #1" "$(tree side)")"; git pull -q --ff-only',
    "a host's squash, pulled": 'host "$($at commit-tree -p main -m "Side (#1)" "$(tree side)")"; git pull -q --ff-only',
    "a host's rebase, pulled":
        "git clone -q ../remote.git ../host; (cd ../host; git checkout -q side; git rebase -q origin/main; "
        'git push -q ../remote.git HEAD:main); git pull -q --ff-only',
    "a host's merge, fetched and merged":
        'host "$($at commit-tree -p main -p third -m "Merge #2" "$(tree third)")"; git fetch -q; '
        "git merge -q --ff-only origin/main",
}
HOSTS = {name: HOST + script for name, script in MERGES.items()}
