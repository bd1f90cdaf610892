"""Commands of newer versions of git. What the git at hand does not have is not tried."""

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
