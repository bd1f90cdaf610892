"""What older versions of git do not have. What the git at hand does not have is not tried."""

from __future__ import annotations

# By the command that git has to know. Before 2.52, replay only says what has to be moved.
NEWER = {
    "git replay --onto": ("replay", "git replay --onto main main..side >../o; git update-ref --stdin <../o"),
    "git replay --advance": ("replay", "git replay --advance main main..side >../o; git update-ref --stdin <../o"),
    # It moves every branch that has the commit, and does not rewrite merges: `clash` is the only one.
    "git history reword":
        ("history reword", "git checkout -q clash; GIT_EDITOR='sed -i 1s/^/x/' git history reword HEAD"),
    "git refs create": ("refs create", "git refs create refs/heads/new $(made)"),
}

# The other operations that need more than git 2.31: what git has to know, by their names.
NEEDS = {
    "commit --fixup=reword": "commit --trailer",
    "commit --signoff --trailer": "commit --trailer",
    "rebase --update-refs": "rebase --update-refs",
    "fetch --prefetch": "fetch --prefetch",
    "merge-tree, commit-tree, update-ref": "merge-tree --stdin",
    # They are judged by such a merge.
    "a host's merge, pulled": "merge-tree --stdin",
    "a host's squash, pulled": "merge-tree --stdin",
    "a host's rebase, pulled": "merge-tree --stdin",
    "a host's merge, fetched and merged": "merge-tree --stdin",
}
