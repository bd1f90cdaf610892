"""What brings a commit beneath or beside git's everyday commands: plumbing, transfers, worktrees."""

from __future__ import annotations

PLUMBING = {
    "update-ref BRANCH": "git update-ref refs/heads/main $(made)",
    "update-ref BRANCH NEW OLD": "git update-ref refs/heads/main $(made) $(git rev-parse main)",
    "update-ref HEAD": "git update-ref HEAD $(made)",
    "update-ref --no-deref HEAD": "git update-ref --no-deref HEAD $(made)",
    "update-ref of a new branch": "git update-ref refs/heads/new $(made)",
    "update-ref --create-reflog": "git update-ref --create-reflog refs/heads/new $(made)",
    "update-ref --stdin": 'echo "update refs/heads/main $(made)" | git update-ref --stdin',
    "update-ref --stdin, a transaction":
        "printf 'start\\nupdate refs/heads/main %s\\ncreate refs/heads/new %s\\nprepare\\ncommit\\n' $(made) $(made) "
        "| git update-ref --stdin >../o",
    "update-ref -z --stdin": "printf 'update refs/heads/main\\0%s\\0\\0' $(made) | git update-ref -z --stdin",
    "update-ref of another name": "git update-ref refs/other/x $(made)",
    "update-ref without a reflog": "git -c core.logAllRefUpdates=false update-ref HEAD $(made)",
    "hash-object -t commit, update-ref":
        "new=$(git cat-file commit HEAD | sed '$s/.*/forged/' | git hash-object -t commit -w --stdin); "
        "git update-ref refs/heads/main $new",
    "write-tree, commit-tree, update-ref":
        "edit; git update-ref refs/heads/main $(git commit-tree -p main -m x $(git write-tree))",
    "a remote-tracking name without a remote":
        "git update-ref refs/remotes/nowhere/x $(made); git merge -q --ff-only nowhere/x",
    "fast-import to a branch":
        "printf 'commit refs/heads/main\\ncommitter a <a@b> 1 +0000\\ndata 1\\nx\\nfrom refs/heads/main^0\\n' "
        "| git fast-import --quiet",
    "fast-import to a new branch":
        "printf 'commit refs/heads/new\\ncommitter a <a@b> 1 +0000\\ndata 1\\nx\\nfrom refs/heads/main^0\\n' "
        "| git fast-import --quiet",
    "fast-import --force":
        "printf 'commit refs/heads/old\\ncommitter a <a@b> 1 +0000\\ndata 1\\nx\\n' | git fast-import --quiet --force",
    "fast-export, fast-import":
        "git fast-export loose1 2>../o | sed s:refs/tags/loose1:refs/heads/new: | git fast-import --quiet",
    "filter-branch --msg-filter": "git filter-branch -f --msg-filter 'sed s/^/x/' HEAD >../o 2>&1",
    "filter-branch --tree-filter": "git filter-branch -f --tree-filter 'rm -f b' HEAD~3..HEAD >../o 2>&1",
    "filter-branch --subdirectory-filter": "git filter-branch -f --subdirectory-filter d main >../o 2>&1",
    "replace, commit": "git replace HEAD loose; git commit -q --allow-empty --no-verify -m x",
    "replace --graft, filter-branch": "git replace --graft HEAD old; git filter-branch -f HEAD >../o 2>&1",
    "bundle unbundle, update-ref":
        "git bundle unbundle ../loose.bundle >../o; git update-ref refs/heads/new $(git rev-parse loose)",
}

# Names for what is no branch. From 2.46 on git asks us about symbolic references, and each is refused there.
SYMBOLIC = {
    "symbolic-ref HEAD elsewhere, commit":
        "ready; git symbolic-ref HEAD refs/remotes/x/y && git commit -q --allow-empty --no-verify -m x",
    "symbolic-ref HEAD to a tag": "git tag made $(made); ready; git symbolic-ref HEAD refs/tags/made",
    "symbolic-ref BRANCH to a tag": "ready; git symbolic-ref refs/heads/new refs/tags/loose",
    "symbolic-ref of HEAD's branch to a tag": "ready; git symbolic-ref refs/heads/main refs/tags/loose",
    "symbolic-ref BRANCH to a tag, tag -f":
        "git tag t main; ready; git symbolic-ref refs/heads/new refs/tags/t && git checkout -q new "
        "&& git tag -f t $(made) >../o",
}

TRANSFER = {
    "fetch REPOSITORY BRANCH:NEW": "git fetch -q ../other.git stranger:new",
    "fetch -u REPOSITORY BRANCH:HEAD's": "git fetch -q -u ../other.git stranger:main",
    "fetch REPOSITORY +BRANCH:OTHER": "git fetch -q ../other.git +stranger:old",
    "fetch REPOSITORY, merge FETCH_HEAD": "git fetch -q ../other.git stranger; git merge -q FETCH_HEAD",
    "fetch of a bundle": "git fetch -q ../loose.bundle loose:new",
    "fetch . TAG:NEW": "git fetch -q . loose:refs/heads/new",
    "pull REPOSITORY, a fast-forward": "git pull -q ../other.git stranger",
    "pull --no-ff": "git pull -q --no-ff --no-edit ../other.git stranger",
    "pull --squash, commit": "git pull -q --squash ../other.git stranger >../o; git commit -qm x",
    "pull --no-rebase, a merge": "git checkout -q side; git pull -q --no-rebase --no-edit origin main",
    "pull --rebase": "git checkout -q side; git pull -q --rebase origin main",
    "push . TAG:NEW": "git push -q . loose:refs/heads/new",
    "push -f . TAG:OTHER": "git push -q -f . loose:refs/heads/old",
    "push from another repository": 'git -C ../other.git push -q "$PWD" stranger:refs/heads/new',
    "push from another repository, updateInstead":
        'git config receive.denyCurrentBranch updateInstead; git -C ../other.git push -q "$PWD" stranger:main',
    "clone, commit there, fetch into a branch":
        "git clone -q . ../clone; git -C ../clone commit -q --allow-empty -m x; git fetch -q ../clone HEAD:refs/heads/new",
    "merge of a remote-tracking branch": "git checkout -q side; git merge -q --no-edit origin/feature",
}

WORKTREE = {
    "worktree add -b, commit": "git worktree add -q ../wt -b new; cd ../wt; edit; git commit -qm x",
    "worktree add -b, commit --no-verify": "git worktree add -q ../wt -b new; cd ../wt; edit; git commit -qnm x",
    "worktree add --detach, commit": "git worktree add -q --detach ../wt; cd ../wt; edit; git commit -qm x",
    "worktree add -b NEW COMMIT": "git worktree add -q -b new ../wt $(made)",
    "worktree add -B": "git worktree add -q -B old ../wt $(made)",
    "worktree add COMMIT": "git worktree add -q ../wt $(made)",
    "update-ref from another worktree":
        "git worktree add -q ../wt old; cd ../wt; git update-ref refs/heads/main $(git commit-tree -p main -m x main^{tree})",
    "submodule add, commit": "git submodule --quiet add ../lib.git lib; git commit -qm x",
    "submodule update --remote, commit":
        "git checkout -q withsub; git submodule --quiet update --init; git -C lib fetch -q origin next; "
        "git -C lib checkout -q FETCH_HEAD; git add lib; git commit -qm x",
}
