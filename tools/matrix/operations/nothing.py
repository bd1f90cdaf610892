"""What brings no commit, and works in every phase as without hooks."""

from __future__ import annotations

from .scripts import DULWICH, EDIT, GITPYTHON, PYGIT2, TODO

NONE = {
    "everyday": {
        "add, rm, mv": "echo 1 >n; git add n; git rm -q b; git mv a z",
        "commit with nothing to commit": ("git commit -qm x >../o", 1),
        "commit with an empty message": ("edit; git commit -q", 1),
        "commit -m ''": ("edit; git commit -qm ''", 1),
        "commit --dry-run": "edit; git commit --dry-run >../o",
        "commit-tree alone": "made >../o",
        "checkout -- FILE, restore": "echo 1 >>a; git checkout -- a; echo 1 >>b; git restore b",
        "checkout COMMIT -- FILE": "git checkout -q side -- s",
        "clean -fdx": "echo 1 >untracked; git clean -qfdx",
        "apply": "git apply ../patches/0001*; git apply --index -R ../patches/0001* 2>../o || :",
        "sparse-checkout": "git sparse-checkout set d; git sparse-checkout disable",
        "read-tree, checkout-index": "git read-tree old; git checkout-index -fa; git read-tree -u --reset HEAD",
        "init again": "git init -q",
        "archive, format-patch, bundle":
            "git archive HEAD >../a.tar; git format-patch -q -o ../p old; git bundle create -q ../b main; git bundle verify -q ../b 2>../o",
        "fsck": "git fsck --no-progress >../o 2>&1",
        "bisect": "git bisect start HEAD old >../o; git bisect good >../o; git bisect reset 2>../o",
        "bisect run": "git bisect start HEAD old >../o; git bisect run true >../o; git bisect reset 2>../o",
        "rerere": "git config rerere.enabled true; git checkout -q clash; git merge -q conflict >../o 2>&1 || :; git merge --abort",
    },
    "stash": {
        "stash push, pop": "edit; git stash -q; git stash pop -q",
        "stash push -u": "edit; echo 1 >untracked; git stash push -q -u",
        "stash push PATH": "echo 1 >>a; echo 1 >>b; git stash push -q b",
        "stash apply, drop": "edit; git stash -q; git stash apply -q --index; git stash drop -q",
        "stash branch": "edit; git stash -q; git stash branch new >../o",
        "stash create, store": "edit; git stash store -m x $(git stash create)",
        "stash clear": "edit; git stash -q; git stash clear",
        "stash pop, conflict": ("edit; git stash -q; git checkout -q clash; git stash pop -q >../o 2>&1", 1),
        "stash --keep-index": "edit; echo 1 >>b; git stash -q --keep-index",
    },
    "moves": {
        "checkout BRANCH": "git checkout -q side",
        "checkout BRANCH that nobody else has": "git checkout -q local",
        "merge of it, a fast-forward": "git merge -q --ff-only local",
        "checkout -": "git checkout -q side; git checkout -q -",
        "checkout --detach": "git checkout -q --detach",
        "checkout -b": "git checkout -q -b new",
        "checkout -B to a branch": "git checkout -q -B old main",
        "checkout with changes carried over": "echo 1 >>README; git checkout -q side",
        "checkout of a remote's branch": "git checkout -q feature",
        "checkout --orphan": "git checkout -q --orphan new",
        "switch, switch -c": "git switch -q side; git switch -q -c new",
        "switch --detach BRANCH~1": "git switch -q --detach side~1",
        "branch": "git branch new",
        "branch -m": "git branch -m side renamed",
        "branch -m of HEAD's": "git branch -m renamed",
        "branch -c": "git branch -c side copy",
        "branch -d": "git branch -q -d old",
        "branch -D": "git branch -q -D third",
        "branch -f to a branch": "git branch -f old side",
        "branch --edit-description, upstream":
            "git config branch.main.description x; git branch --edit-description; git branch -q -u origin/side side",
        "reset --hard HEAD~1": "git reset -q --hard HEAD~1",
        "reset --soft, reset back to a remote's": "git reset -q --soft HEAD~1; git reset -q ORIG_HEAD",
        "reset, mixed": "edit; git reset -q",
        "reset --keep": "git reset -q --keep HEAD~1",
        "reset PATH": "edit; git reset -q a",
        "reset --hard to a branch": "git reset -q --hard ahead",
        "merge, a fast-forward to a branch": "git merge -q ahead",
        "merge --ff-only to a remote's branch": "git merge -q --ff-only origin/feature",
        "merge, already up to date": "git merge -q old",
        "merge --no-commit, --abort": "git merge -q --no-commit side; git merge --abort",
        "merge --squash": "git merge -q --squash side >../o",
        "merge, conflict, --abort": "git checkout -q clash; git merge -q conflict >../o 2>&1 || :; git merge --abort",
        "cherry-pick -n": "git cherry-pick -n side~1",
        "cherry-pick, conflict, --abort":
            "git checkout -q clash; git cherry-pick conflict~1 >../o 2>&1 || :; git cherry-pick --abort",
        "revert -n, --abort": "git revert -n HEAD; git revert --abort",
        "rebase, up to date": "git rebase -q old",
        "rebase, a fast-forward": "git checkout -q old; git rebase -q main",
        "rebase, onto a remote's branch": "git rebase -q origin/feature",
        "rebase -i, nothing changed": "GIT_SEQUENCE_EDITOR=: git rebase -q -i HEAD~2",
        "rebase -i, a break, --abort": f"{TODO.format('1ibreak')} -q HEAD~2 >../o 2>&1; git rebase --abort",
        "rebase, conflict, --abort":
            "git rebase -q --onto conflict main clash >../o 2>&1 || :; git rebase --abort",
        "symbolic-ref HEAD": "git symbolic-ref HEAD refs/heads/side; git reset -q --hard",
        "symbolic-ref of an alias": "git symbolic-ref refs/heads/alias refs/heads/side",
        "update-ref to a branch's commit": "git update-ref refs/heads/new side",
        "update-ref -d": "git update-ref -d refs/heads/third",
        "update-ref --stdin verify": "echo \"verify refs/heads/main $(git rev-parse main)\" | git update-ref --stdin",
    },
    "transfer": {
        "fetch": "git fetch -q",
        "fetch --all --prune --tags": "git fetch -q --all --prune --tags",
        "fetch REPOSITORY BRANCH": "git fetch -q ../other.git stranger",
        "fetch into refs/remotes": "git fetch -q ../other.git stranger:refs/remotes/x/stranger",
        "fetch --prefetch": "git fetch -q --prefetch origin",
        "remote update": "git remote update >../o",
        "pull, a fast-forward": "git pull -q",
        "pull --rebase, a fast-forward": "git pull -q --rebase",
        "pull, up to date": "git pull -q origin old",
        "push": "git push -q origin main:refs/heads/new",
        "push --all": ("git push -q origin --all 2>../o", 1),
        "push --tags, --delete": "git push -q origin --tags; git push -q origin --delete third",
        "push --force-with-lease": "git push -q --force-with-lease=old origin side:old",
        "push --mirror": "git init -q --bare ../mirror.git; git push -q --mirror ../mirror.git",
        "push . BRANCH:NEW": "git push -q . side:refs/heads/new",
        "clone": "git clone -q . ../clone",
        "clone, --bare and --mirror": "git clone -q --bare . ../bare.git; git clone -q --mirror . ../mirror.git",
        "clone --depth": "git clone -q --depth 1 \"file://$PWD\" ../shallow",
        "clone, commit there": "git clone -q . ../clone; git -C ../clone commit -q --allow-empty -m x",
        "remote add, rename, remove":
            "git remote add more ../other.git; git fetch -q more; git remote rename more less 2>../o; git remote remove less",
        "remote set-head, prune": "git remote set-head origin side; git remote prune origin",
        "ls-remote": "git ls-remote -q origin >../o",
    },
    "worktree": {
        "worktree add BRANCH": "git worktree add -q ../wt side",
        "worktree add -b": "git worktree add -q -b new ../wt",
        "worktree add --detach": "git worktree add -q --detach ../wt",
        "worktree move, lock, remove":
            "git worktree add -q ../wt side; git worktree move ../wt ../wt2; git worktree lock ../wt2; "
            "git worktree unlock ../wt2; git worktree remove ../wt2",
        "worktree prune, repair":
            "git worktree add -q ../wt side; rm -rf ../wt; git worktree prune; git worktree repair",
        "stash and reset in another worktree":
            "git worktree add -q ../wt side; cd ../wt; edit; git stash -q; git stash pop -q; git reset -q --hard HEAD~1",
        "submodule add": "git submodule --quiet add ../lib.git lib",
        "submodule update --init": "git checkout -q withsub; git submodule --quiet update --init",
        "submodule update --remote":
            "git checkout -q withsub; git submodule --quiet update --init; git -C lib checkout -q -b x; "
            "git submodule --quiet update --remote",
        "commit inside a submodule":
            "git checkout -q withsub; git submodule --quiet update --init; cd lib; echo 1 >>lib; git commit -qam x",
        "submodule foreach, sync, deinit":
            "git checkout -q withsub; git submodule --quiet update --init; git submodule --quiet foreach git status >../o; "
            "git submodule --quiet sync; git submodule --quiet deinit lib",
    },
    "names": {
        "tag": "git tag v1",
        "tag -a": "git tag -a v1 -m text",
        "tag of a new commit": "git tag v1 $(made)",
        "tag -f, -d": "git tag v1; git tag -f v1 side >../o; git tag -d loose >../o",
        "notes add, append": "git notes add -m x; git notes append -m y",
        "notes edit, copy, remove":
            "git notes add -m x; GIT_EDITOR='echo z >' git notes edit 2>../o; git notes copy HEAD old; git notes remove HEAD 2>../o",
        "notes --ref=other": "git notes --ref=other add -m x",
        "notes merge":
            "git notes add -m x; git notes --ref=other add -m y old; git notes merge -q other",
        "notes prune": "git notes add -m x; git notes prune",
        "replace, replace -d": "git replace HEAD side; git replace -d $(git rev-parse main) >../o",
        "replace": "git replace HEAD HEAD~1",
        "replace --graft": "git replace --graft HEAD old",
        "a branch named as a tag": "git branch loose",
    },
    "housekeeping": {
        "gc": "git gc -q",
        "gc --prune=now --aggressive": "git gc -q --prune=now --aggressive",
        "pack-refs --all": "git pack-refs --all",
        "pack-refs --all, twice": "git pack-refs --all; git branch new; git pack-refs --all --no-prune; git branch -q -D side",
        "repack -ad": "git repack -qad",
        "prune": "git prune",
        "reflog expire": "git reset -q --hard HEAD~1; git reflog expire --all --expire=now",
        "reflog delete": "git reset -q --hard HEAD~1; git reflog delete HEAD@{0}",
        "maintenance run": "git maintenance run --quiet --task=gc --task=commit-graph --task=pack-refs",
        "commit-graph, multi-pack-index":
            "git repack -qad; git commit-graph write --reachable --no-progress; git multi-pack-index write --no-progress",
        "update-server-info, prune-packed": "git update-server-info; git prune-packed -q",
        "update-index --refresh": "touch a; git update-index --refresh",
    },
    "libraries": {
        "pygit2: stage, stash, tag": (PYGIT2 + EDIT + "r.index.add('a'); r.index.write(); r.stash(s, 'x')\n"
            "r.create_tag('v1', r.head.target, pygit2.enums.ObjectType.COMMIT, s, 'x')", 0),
        "pygit2: checkout of a tag":
            (PYGIT2 + "c = r.revparse_single('loose'); r.checkout_tree(c); r.set_head(c.id)", 0),
        "pygit2: checkout": (PYGIT2 + "r.checkout('refs/heads/side')", 0),
        "dulwich: add, tag": (DULWICH + EDIT + "porcelain.add('.', ['a']); porcelain.tag_create('.', b'v1')", 0),
        "GitPython: add, checkout, branch":
            (GITPYTHON + "r.create_head('new'); r.heads.side.checkout(); r.create_tag('v1')", 0),
    },
}
