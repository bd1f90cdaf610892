"""Commits that are not new: no branch has them, or a remote-tracking branch does."""

from __future__ import annotations

# Commits that are not new, but that no branch has.
STRICT = {
    "checkout of a tag that no branch has": "git checkout -q loose",
    "worktree add of a tag that no branch has": "git worktree add -q --detach ../wt loose",
    "bisect between commits that no branch has": "git bisect start loose main >../o; git bisect reset 2>../o",
    "reset --hard HEAD~1, taken back":
        "git update-ref -d refs/remotes/origin/ahead; git checkout -q ahead; git reset -q --hard HEAD~1; "
        "git reset -q --hard ORIG_HEAD",
    "branch -D, taken back":
        "git update-ref -d refs/remotes/origin/third; b=$(git rev-parse third); git branch -q -D third; git branch third $b",
    "fetch origin BRANCH:NEW": "git fetch -q origin unfetched:new",
}

# Commits that a remote-tracking branch has.
INCOMING = {
    "a remote that was added for it":
        "git clone -q . ../clone; git -C ../clone commit -q --allow-empty -m x; git remote add copy ../clone; "
        "git fetch -q copy; git merge -q --ff-only copy/main",
    "a remote-tracking branch written by update-ref":
        "git update-ref refs/remotes/origin/x $(made); git merge -q --ff-only origin/x",
    "a remote-tracking branch written by hand":
        "made >.git/refs/remotes/origin/x; git merge -q --ff-only origin/x",
}
