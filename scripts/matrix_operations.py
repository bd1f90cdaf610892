"""The operations of the matrix: ways to bring a commit, and ways that bring none.

Each runs in the repository that `FIXTURE` makes, under `sh -e` behind `PRELUDE`, or in Python.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Operation:
    """One way to use git.

    `kind` is one of
    - `brings`: brings a commit that is new: blocked where the phase forbids commits, or noticed at once;
    - `none`: brings none, and works in every phase exactly as without hooks;
    - `strict`: goes to a commit that is not new, but that no branch has: refused where the phase forbids
      commits, and that is known and documented;
    - `incoming`: takes what a remote-tracking branch has, which is let in and judged by the server;
    - `refused`: an agent may not do it, or nobody, in any phase. `ready` ends the preparations.
    """

    group: str
    name: str
    script: str
    kind: str = "brings"
    python: bool = False
    code: int = 0  # the exit status where nothing is refused
    environment: dict[str, str] = field(default_factory=dict)
    twin: str | None = None  # what does the same in a repository without hooks, when that is another script


# A repository and what it knows: `main`; branches beside it, all but `local` of which `origin` has;
# ../other.git, which was made elsewhere, with a branch `stranger` that nobody here has, and the tags `loose1`, `loose` (the same as
# `stranger`, two commits after main) and `apart`; the same commits in ../patches and ../loose.bundle.
FIXTURE = r"""
set -e
change() { echo "$2" >>"$1"; git add "$1"; git commit -qm "$3"; }
git config --global protocol.file.allow always
git config --global advice.detachedHead false
git config --global init.defaultBranch main
git init -q --bare ../remote.git
git init -q --bare ../other.git
git init -q ../lib
(cd ../lib; echo lib >lib; git add lib; git commit -qm lib; git clone -q --bare . ../lib.git
  echo more >>lib; git commit -qam "lib again"; git push -q ../lib.git HEAD:refs/heads/next)
rm -rf ../lib
change README one first
llmos-hook --quiet install
llmos-hook --quiet set FEATURE_DEVELOPMENT IMPLEMENTATION
git add step.sh llmos scripts
git commit -qm "Add the scripts"
change a 1 second
git branch old
change b 1 third
mkdir d
change d/e 1 fourth
git checkout -q -b side HEAD~1
change s 1 "side one"
change s 2 "side two"
git checkout -q -b third HEAD~2
change t 1 "third line"
git checkout -q -b conflict old
change a conflicting "conflicting one"
change c 1 "conflicting two"
git checkout -q -b clash main
change a clash "Change a"
git checkout -q -b fixups main
change f 1 "Add f"
change g 1 "Add g"
change f 2 "fixup! Add f"
change g 2 "squash! Add g"
git checkout -q -b merged main
git merge -q --no-edit side
git checkout -q -b ahead main
change h 1 "one ahead"
git checkout -q -b withsub main
git remote add origin ../remote.git
git submodule --quiet add ../lib.git lib
git commit -qm "Add the submodule"
git submodule --quiet deinit -f lib
rm -rf .git/modules
git config --remove-section submodule.lib 2>/dev/null || true
git checkout -q -b feature main
change i 1 "on the remote, fetched"
git checkout -q -b unfetched main
change j 1 "on the remote, not fetched"
git checkout -q main
git push -q origin main old side third conflict clash fixups merged ahead withsub feature unfetched
git push -q origin ahead:main
git update-ref refs/remotes/origin/main main
git branch -q -D feature unfetched
git update-ref -d refs/remotes/origin/unfetched
git branch -q --set-upstream-to=origin/main main
git clone -q . ../elsewhere
cd ../elsewhere
change l 1 "loose one"
git tag loose1
change l 2 "loose two"
git tag loose
git format-patch -q -o ../patches loose~2..loose
git bundle create -q ../loose.bundle loose~2..loose
git checkout -q --detach origin/old
change m 1 apart
git tag apart
git push -q ../other.git --tags loose:refs/heads/stranger
cd "$OLDPWD"
rm -rf ../elsewhere
git checkout -q -b local main
change k 1 "made where commits are allowed"
git checkout -q main
git config gc.auto 0
git reflog expire --expire=now --expire-unreachable=now --all
rm -f .git/ORIG_HEAD
"""

# Tags that come once the phase has begun, as a fetch brings them.
TAGS = r"""
set -e
git fetch -q ../other.git 'refs/tags/*:refs/tags/*'
"""

PRELUDE = r"""
edit() { echo edited >>a; git add a; }
made() (
  blob=$(echo made | git hash-object -w --stdin)
  export GIT_INDEX_FILE="$HOME/made"
  git read-tree HEAD
  git update-index --add --cacheinfo "100644,$blob,made"
  git commit-tree -p HEAD -m made "$(git write-tree)"
)
owner() { env -u LLMOS_AGENT "$@"; }
ready() { git for-each-ref --format='%(refname) %(objectname)' refs/heads >../ready; }
"""

TODO = """GIT_SEQUENCE_EDITOR="sed -i '{}'" git rebase -i"""
OFF = "git -c core.hooksPath=/dev/null"

COMMIT = {
    "commit -m": "edit; git commit -qm x",
    "commit -a": "echo 1 >>a; echo 2 >>b; git commit -qam x",
    "commit PATH": "edit; echo 1 >>b; git commit -qm x b",
    "commit --include PATH": "edit; echo 1 >>b; git commit -qm x --include b",
    "commit --amend --no-edit": "edit; git commit -q --amend --no-edit",
    "commit --amend -m": "git commit -q --amend -m other",
    "commit --amend --reset-author --date": "git commit -q --amend --no-edit --reset-author --date=@1700000000",
    "commit --no-verify": "edit; git commit -q --no-verify -m x",
    "commit -n -a": "echo 1 >>a; git commit -qnam x",
    "commit --amend --no-verify": "edit; git commit -qn --amend --no-edit",
    "commit --fixup": "edit; git commit -q --fixup HEAD~1",
    "commit --fixup=reword": "GIT_EDITOR='sed -i s/third/3rd/' git commit -q --fixup=reword:HEAD~1",
    "commit --squash": "edit; git commit -q --squash HEAD~1 --no-edit",
    "commit --allow-empty": "git commit -q --allow-empty -m x",
    "commit --allow-empty-message": "edit; git commit -q --allow-empty-message -m ''",
    "commit -C": "edit; git commit -q -C side",
    "commit -c": "edit; git commit -q -c side",
    "commit -F": "edit; printf 'one\\n\\ntwo\\n' >../message; git commit -q -F ../message",
    "commit -F -": "edit; echo x | git commit -q -F -",
    "commit with an editor": "edit; GIT_EDITOR='echo typed >' git commit -q",
    "commit -v with an editor": "edit; GIT_EDITOR='sed -i 1s/^/typed/' git commit -qv",
    "commit --cleanup=verbatim": "edit; printf 'x\\n\\n# kept  \\n\\n' | git commit -q --cleanup=verbatim -F -",
    "commit --cleanup=scissors": "edit; GIT_EDITOR='sed -i 1s/^/typed/' git commit -q --cleanup=scissors",
    "commit --signoff --trailer": "edit; git commit -qs --trailer Issue=7 -m x",
    "commit --author": "edit; git commit -q --author 'B <b@example.com>' -m x",
    "commit -p": "echo 1 >>a; printf 'y\\n' | git commit -q -p -m x",
    "commit by GIT_INDEX_FILE": "cp .git/index ../i; export GIT_INDEX_FILE=$PWD/../i; edit; git commit -qm x",
    "commit by GIT_DIR and GIT_WORK_TREE":
        "edit; at=$PWD; cd /; GIT_DIR=$at/.git GIT_WORK_TREE=$at git commit -qm x",
    "commit in a subdirectory": "edit; cd d; git commit -qm x",
    "commit in an empty environment": 'edit; env -i HOME="$HOME" GIT_TRACE2_EVENT="$GIT_TRACE2_EVENT" git -c user.name=a -c user.email=a@b commit -qm x',
    "commit by an alias": "edit; git config alias.ci 'commit -n'; git ci -qm x",
    "commit on a detached HEAD": "git checkout -q --detach; edit; git commit -qm x",
    "commit on a new branch": "git checkout -q -b new; edit; git commit -qm x",
    "commit on an orphan branch": "git checkout -q --orphan new; git commit -qm root",
    "commit --no-verify on a detached HEAD": "git checkout -q --detach; edit; git commit -qnm x",
    "commit of a gitlink": "git update-index --add --cacheinfo 160000,$(git rev-parse old),link; git commit -qm x",
}

MERGE = {
    "merge": "git merge -q --no-edit side",
    "merge -m": "git merge -q -m text side",
    "merge --no-ff": "git merge -q --no-ff --no-edit ahead",
    "merge --no-verify": "git merge -q --no-verify --no-edit side",
    "merge of three": "git merge -q --no-edit side third",
    "merge --squash, commit": "git merge -q --squash side >../o; git commit -qm x",
    "merge -s ours": "git merge -q -s ours --no-edit side",
    "merge -X theirs": "git checkout -q clash; git merge -q -X theirs --no-edit conflict",
    "merge --no-commit, commit": "git merge -q --no-commit side; git commit -q --no-edit",
    "merge --no-commit, commit --no-verify": "git merge -q --no-commit side; git commit -qn --no-edit",
    "merge, conflict, commit":
        "git checkout -q clash; git merge -q conflict >../o || :; echo done >a; git add a; git commit -q --no-edit",
    "merge, conflict, merge --continue":
        "git checkout -q clash; git merge -q conflict >../o || :; echo done >a; git add a; git merge --continue",
    "merge --ff-only to a tag": "git merge -q --ff-only loose",
    "merge, which fast-forwards to a tag": "git merge -q loose",
    "merge of a tag": "git merge -q --no-edit apart",
    "merge --autostash": "echo 1 >>README; git merge -q --autostash --no-edit side",
    "merge --allow-unrelated-histories":
        "other=$(git commit-tree -m root $(git mktree </dev/null)); "
        "git merge -q --no-edit --allow-unrelated-histories $other",
    "merge-tree, commit-tree, update-ref":
        "tree=$(git merge-tree --write-tree main side); "
        "git update-ref refs/heads/main $(git commit-tree -p main -p side -m x $tree)",
    "read-tree --prefix, commit": "git read-tree --prefix=sub/ -u main:d; git commit -qm x",
}

PICK = {
    "cherry-pick": "git cherry-pick side >../o",
    "cherry-pick -x": "git cherry-pick -x side~1 >../o",
    "cherry-pick of a range": "git cherry-pick main..side >../o",
    "cherry-pick -n, commit": "git cherry-pick -n side~1; git commit -qm x",
    "cherry-pick --edit": "GIT_EDITOR='sed -i 1s/^/edited/' git cherry-pick --edit side~1 >../o",
    "cherry-pick --ff": "git cherry-pick --ff loose1 >../o",
    "cherry-pick -m 1": "git checkout -q -b new third; git cherry-pick -m 1 merged >../o",
    "cherry-pick --allow-empty": "e=$(made); git cherry-pick --allow-empty $e >../o",
    "cherry-pick, conflict, --continue":
        "git checkout -q clash; git cherry-pick conflict~1 >../o || :; echo done >a; git add a; "
        "git cherry-pick --continue >../o",
    "cherry-pick, conflict, commit":
        "git checkout -q clash; git cherry-pick conflict~1 >../o || :; echo done >a; git add a; git commit -qn --no-edit",
    "revert": "git revert --no-edit HEAD >../o",
    "revert of a range": "git revert --no-edit HEAD~2..HEAD >../o",
    "revert -n, commit": "git revert -n HEAD; git commit -qm x",
    "revert -m 1": "git checkout -q -b new merged; git revert --no-edit -m 1 HEAD >../o",
    "revert, conflict, --continue":
        "git checkout -q clash; echo 2 >>a; git commit -qam x; git revert --no-edit HEAD~1 >../o || :; echo done >a; "
        "git add a; git revert --continue >../o",
}

REBASE = {
    "rebase": "git checkout -q side; git rebase -q main",
    "rebase --no-verify": "git checkout -q side; git rebase -q --no-verify main",
    "rebase --apply": "git checkout -q side; git rebase -q --apply main",
    "rebase --apply --no-verify": "git checkout -q side; git rebase -q --apply --no-verify main",
    "rebase BASE BRANCH": "git rebase -q main side",
    "rebase --onto": "git rebase -q --onto ahead side~2 side",
    "rebase --root": "git rebase -q --root --force-rebase",
    "rebase --root --onto": "git rebase -q --root --onto third side",
    "rebase --force-rebase": "git rebase -q --force-rebase HEAD~2",
    "rebase --exec": "git rebase -q --no-ff --exec true HEAD~2",
    "rebase --exec 'git commit'": "git rebase -q --exec 'git commit -q --allow-empty -n -m x' HEAD~1",
    "rebase --keep-base": "git checkout -q fixups; git rebase -q --keep-base --force-rebase main",
    "rebase --rebase-merges": "git checkout -q merged; git rebase -q --rebase-merges --force-rebase old",
    "rebase --update-refs": "git checkout -q side; git branch half side~1; git rebase -q --update-refs main",
    "rebase --autostash": "git checkout -q side; echo 1 >>README; git rebase -q --autostash main",
    "rebase --autosquash": "git checkout -q fixups; GIT_SEQUENCE_EDITOR=: git rebase -q -i --autosquash main",
    "rebase -i, reword": f"GIT_EDITOR='sed -i 1s/^/new/' {TODO.format('1s/pick/reword/')} -q HEAD~2",
    "rebase -i, edit":
        f"{TODO.format('1s/pick/edit/')} -q HEAD~2; echo 1 >>README; git commit -qa --amend --no-edit; "
        "git rebase --continue >../o",
    "rebase -i, squash": f"{TODO.format('2s/pick/squash/')} -q HEAD~2",
    "rebase -i, fixup": f"{TODO.format('2s/pick/fixup/')} -q HEAD~2",
    "rebase -i, drop": f"{TODO.format('1s/pick/drop/')} -q HEAD~2",
    "rebase -i, another order": f"{TODO.format('1{h;d};2G')} -q HEAD~2",
    "rebase -i, exec": f"{TODO.format('1iexec git commit -q --allow-empty -m x')} -q HEAD~2",
    "rebase, conflict, --continue":
        "git checkout -q clash; git rebase -q conflict >../o 2>&1 || :; echo done >a; git add a; "
        "git rebase --continue >../o",
    "rebase, conflict, --skip":
        "git checkout -q conflict; git rebase -q clash >../o 2>&1 || :; git rebase --skip >../o",
}

MAIL = {
    "am": "git am -q ../patches/*",
    "am from standard input": "cat ../patches/* | git am -q",
    "am --3way": "git am -q --3way ../patches/*",
    "am, conflict, --continue":
        "git checkout -q clash; git format-patch -1 --stdout conflict~1 | git am -q -3 >../o 2>&1 || :; echo done >a; "
        "git add a; git am --continue >../o",
    "apply --index, commit": "git apply --index ../patches/0001*; git commit -qm x",
    "stash, branch from the stash": "edit; git stash -q; git branch new stash@{0}",
    "stash, reset --hard to the stash": "edit; git stash -q; git reset -q --hard stash@{0}",
    "stash, merge of the stash": "edit; git stash -q; git merge -q --ff-only stash@{0}",
}

MOVES = {
    "reset --hard": "git reset -q --hard $(made)",
    "reset --soft": "git reset -q --soft $(made)",
    "reset": "git reset -q $(made)",
    "reset --keep": "git reset -q --keep $(made)",
    "reset --merge": "git reset -q --merge $(made)",
    "branch NEW COMMIT": "git branch new $(made)",
    "branch -f": "git branch -f old $(made)",
    "checkout -b NEW COMMIT": "git checkout -q -b new $(made)",
    "checkout -B": "git checkout -q -B main $(made)",
    "checkout --detach, commit, branch -f": "git checkout -q --detach; edit; git commit -qnm x; git branch -f main",
    "switch -c NEW COMMIT": "git switch -q -c new $(made)",
    "switch -C": "git switch -q -C old $(made)",
    "checkout COMMIT": "git checkout -q $(made)",
    "switch --detach COMMIT": "git switch -q --detach $(made)",
}

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
    "symbolic-ref HEAD elsewhere, commit":
        "git symbolic-ref HEAD refs/remotes/x/y; git commit -q --allow-empty --no-verify -m x",
    "symbolic-ref HEAD to a tag": "git tag made $(made); git symbolic-ref HEAD refs/tags/made",
    "symbolic-ref BRANCH to a tag": "git symbolic-ref refs/heads/new refs/tags/loose",
    "symbolic-ref of HEAD's branch to a tag": "git symbolic-ref refs/heads/main refs/tags/loose",
    "symbolic-ref BRANCH to a tag, tag -f":
        "git tag t main; git symbolic-ref refs/heads/new refs/tags/t; git checkout -q new; git tag -f t $(made) >../o",
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

HOOKS_OFF = {
    "-c core.hooksPath": f"edit; {OFF} commit -qm x",
    "--config-env": "edit; NOWHERE=/dev/null git --config-env=core.hooksPath=NOWHERE commit -qm x",
    "GIT_CONFIG_COUNT":
        "edit; GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=core.hooksPath GIT_CONFIG_VALUE_0=/dev/null git commit -qm x",
    "GIT_CONFIG_PARAMETERS": """edit; GIT_CONFIG_PARAMETERS="'core.hooksPath'='/dev/null'" git commit -qm x""",
    "config core.hooksPath": "edit; git config core.hooksPath /dev/null; git commit -qm x",
    "config --global core.hooksPath": "edit; git config --global core.hooksPath /dev/null; git commit -qm x",
    "config --worktree core.hooksPath":
        "edit; git config extensions.worktreeConfig true; git config --worktree core.hooksPath /dev/null; git commit -qm x",
    "GIT_CONFIG_GLOBAL":
        "edit; printf '[core]\\nhooksPath=/dev/null\\n' >../c; GIT_CONFIG_GLOBAL=$PWD/../c git commit -qm x",
    "XDG_CONFIG_HOME":
        "edit; mkdir -p ../x/git; printf '[core]\\nhooksPath=/dev/null\\n' >../x/git/config; "
        "XDG_CONFIG_HOME=$PWD/../x git commit -qm x",
    "include.path": "edit; printf '[core]\\nhooksPath=/dev/null\\n' >../c; git config include.path ../../c; git commit -qm x",
    "includeIf": "edit; printf '[core]\\nhooksPath=/dev/null\\n' >../c; "
        "git config --global includeIf.onbranch:main.path \"$PWD/../c\"; git commit -qm x",
    "an alias": f"edit; git config alias.ci '!{OFF} commit'; git ci -qm x",
    "chmod -x": "edit; chmod -x .git/hooks/*; git commit -qm x",
    "hooks deleted": "edit; rm -f .git/hooks/*; git commit -qm x",
    "hooks emptied": "edit; for f in .git/hooks/*; do : >\"$f\"; done; git commit -qm x",
    "hooks replaced": "edit; for f in .git/hooks/*; do printf '#!/bin/sh\\n' >\"$f\"; done; git commit -qm x",
    "hooks moved away": "edit; mv .git/hooks .git/away; git commit -qm x",
    "hooks that dangle": "edit; for f in .git/hooks/*; do ln -sf /nowhere \"$f\"; done; git commit -qm x",
    "reference-transaction deleted": "edit; rm -f .git/hooks/reference-transaction; git commit -qm x",
    "reference-transaction deleted, update-ref":
        "rm -f .git/hooks/reference-transaction; git update-ref refs/heads/main $(made)",
    "all but reference-transaction deleted":
        "edit; for f in .git/hooks/*; do case $f in *transaction) ;; *) rm -f \"$f\" ;; esac; done; git commit -qm x",
    "gate replaced": "edit; mkdir -p .git/llmos/bin; cp /bin/true .git/llmos/bin/llmos-gate; git commit -qm x",
    "merge without hooks": f"{OFF} merge -q --no-edit side",
    "rebase without hooks": f"git checkout -q side; {OFF} rebase -q main",
    "cherry-pick without hooks": f"{OFF} cherry-pick side >../o",
    "am without hooks": f"{OFF} am -q ../patches/*",
    "reset --hard without hooks": f"{OFF} reset -q --hard loose",
    "amend without hooks": f"edit; {OFF} commit -q --amend -m x",
    "branch without hooks": f"{OFF} branch new loose",
    "commit on another branch without hooks, back":
        f"{OFF} checkout -q side; edit; {OFF} commit -qm x; git checkout -q main",
    "commit on a new branch without hooks, back":
        f"{OFF} checkout -q -b new; edit; {OFF} commit -qm x; git checkout -q main",
    "commit without hooks, reset back, branch": f"edit; {OFF} commit -qm x; {OFF} branch new; git reset -q --hard HEAD~1",
    "detached commit without hooks": f"git checkout -q --detach; edit; {OFF} commit -qm x",
    "commit in another worktree without hooks":
        f"git worktree add -q ../wt -b new; cd ../wt; edit; {OFF} commit -qm x",
    "commit without hooks, push": f"edit; {OFF} commit -qm x; git push -q origin HEAD:refs/heads/new",
    "commit without hooks on a detached HEAD, tag":
        f"git checkout -q --detach; edit; {OFF} commit -qm x; git tag made",
    "commit without hooks, replace": f"edit; {OFF} commit -qm x; git replace HEAD HEAD~1",
    "commit without hooks, a shallow file": f"edit; {OFF} commit -qm x; git rev-parse HEAD >.git/shallow",
    "commit without hooks, a graft":
        f"edit; {OFF} commit -qm x; mkdir -p .git/info; echo $(git rev-parse HEAD HEAD~2) >.git/info/grafts",
    "push with another receive-pack":
        "git -C ../other.git push -q --receive-pack='git -c core.hooksPath=/dev/null receive-pack' "
        '"$PWD" stranger:refs/heads/new',
}

BY_HAND = {
    "refs/heads/main written": "n=$(made); echo $n >.git/refs/heads/main",
    "refs/heads/new written": "made >.git/refs/heads/new",
    "packed-refs written": 'echo "$(made) refs/heads/new" >>.git/packed-refs',
    "packed-refs changed":
        'git pack-refs --all; sed -i "s:.* refs/heads/main$:$(made) refs/heads/main:" .git/packed-refs',
    "HEAD written": "n=$(made); echo $n >.git/HEAD",
    "HEAD written, a new branch": "made >.git/refs/heads/new; echo 'ref: refs/heads/new' >.git/HEAD",
    "HEAD written, a tag": "git tag made $(made); echo 'ref: refs/tags/made' >.git/HEAD",
    "a branch that is a link": "git tag made $(made); ln -s ../tags/made .git/refs/heads/new",
    "refs of another repository":
        "git init -q ../evil; cp -a .git/index ../evil/.git/; cp -a .git/objects/. ../evil/.git/objects/; "
        "rm -rf ../evil/.git/refs; ln -s \"$PWD/.git/refs\" ../evil/.git/refs; cp .git/packed-refs ../evil/.git/ || :; "
        "rm -rf ../evil/.git/objects; ln -s \"$PWD/.git/objects\" ../evil/.git/objects; "
        "git -C ../evil commit -q --allow-empty -m x",
    "HEAD of another worktree written":
        "git worktree add -q --detach ../wt; n=$(made); echo $n >.git/worktrees/wt/HEAD",
}

BY_HAND_PYTHON = {
    "a loose object and its branch": """
import hashlib, os, subprocess, zlib
commit = subprocess.check_output(["git", "cat-file", "commit", "HEAD"]).replace(b"fourth", b"forged")
data = b"commit %d\\0" % len(commit) + commit
name = hashlib.sha1(data).hexdigest()
os.makedirs(f".git/objects/{name[:2]}", exist_ok=True)
open(f".git/objects/{name[:2]}/{name[2:]}", "wb").write(zlib.compress(data))
open(".git/refs/heads/main", "w").write(name + "\\n")
""",
}

PYGIT2 = "import pygit2\nr = pygit2.Repository('.')\ns = pygit2.Signature('a', 'a@example.com', 1766900000, 0)\n"
DULWICH = "import warnings; warnings.simplefilter('ignore')\nfrom dulwich import porcelain\nfrom dulwich.repo import Repo\nr = Repo('.')\n"
GITPYTHON = "import git\nr = git.Repo('.')\n"
EDIT = "open('a', 'a').write('edited\\n')\n"

LIBRARIES = {
    "pygit2: create_commit on HEAD":
        PYGIT2 + "r.create_commit('HEAD', s, s, 'x', r.head.peel().tree_id, [r.head.target])",
    "pygit2: index.write_tree, create_commit": PYGIT2 + EDIT + "r.index.add('a'); r.index.write()\n"
        "r.create_commit('refs/heads/main', s, s, 'x', r.index.write_tree(), [r.head.target])",
    "pygit2: create_commit on a new branch":
        PYGIT2 + "r.create_commit('refs/heads/new', s, s, 'x', r.head.peel().tree_id, [r.head.target])",
    "pygit2: merge, create_commit": PYGIT2 + "o = r.branches['side'].target; r.merge(o)\n"
        "r.create_commit('HEAD', s, s, 'x', r.index.write_tree(), [r.head.target, o]); r.state_cleanup()",
    "pygit2: cherrypick, create_commit": PYGIT2 + "r.cherrypick(r.revparse_single('side~1').id)\n"
        "r.create_commit('HEAD', s, s, 'x', r.index.write_tree(), [r.head.target]); r.state_cleanup()",
    "pygit2: set_target of a branch": PYGIT2 + "r.branches['main'].set_target(r.revparse_single('loose').id)",
    "pygit2: references.create": PYGIT2 + "r.references.create('refs/heads/new', r.revparse_single('loose').id)",
    "pygit2: reset": PYGIT2 + "r.reset(r.revparse_single('loose').id, pygit2.enums.ResetMode.HARD)",
    "pygit2: create_commit, set_head":
        PYGIT2 + "c = r.create_commit(None, s, s, 'x', r.head.peel().tree_id, [r.head.target]); r.set_head(c)",
    "pygit2: fetch into a branch": PYGIT2
        + "r.remotes.create_anonymous('../other.git').fetch(['refs/heads/stranger:refs/heads/new'])",
    "dulwich: commit": DULWICH + EDIT + "porcelain.add('.', ['a']); porcelain.commit('.', message='x')",
    "dulwich: commit, no_verify":
        DULWICH + EDIT + "porcelain.add('.', ['a']); porcelain.commit('.', message='x', no_verify=True)",
    "dulwich: commit, amend": DULWICH + "porcelain.commit('.', message='x', amend=True, no_verify=True)",
    "dulwich: a reference set": DULWICH + "r.refs[b'refs/heads/main'] = r.refs[b'refs/tags/loose']",
    "dulwich: branch_create": DULWICH + "porcelain.branch_create('.', 'new', 'loose')",
    "dulwich: reset": DULWICH + "porcelain.reset('.', 'hard', 'loose')",
    "dulwich: merge": DULWICH + "porcelain.merge('.', 'side', message=b'x')",
    "dulwich: cherry_pick": DULWICH + "porcelain.cherry_pick('.', 'ahead')",
    "GitPython: index.commit": GITPYTHON + EDIT + "r.index.add(['a']); r.index.commit('x')",
    "GitPython: index.commit, skip_hooks":
        GITPYTHON + EDIT + "r.index.add(['a']); r.index.commit('x', skip_hooks=True)",
    "GitPython: git.commit": GITPYTHON + "r.git.commit('--allow-empty', '-m', 'x')",
    "GitPython: set_commit of a branch": GITPYTHON + "r.heads.main.set_commit('loose')",
    "GitPython: create_head": GITPYTHON + "r.create_head('new', 'loose')",
    "GitPython: head.reset": GITPYTHON + "r.head.reset('loose', index=True, working_tree=True)",
}

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

INCOMING = {
    "a remote that was added for it":
        "git clone -q . ../clone; git -C ../clone commit -q --allow-empty -m x; git remote add copy ../clone; "
        "git fetch -q copy; git merge -q --ff-only copy/main",
    "a remote-tracking branch written by update-ref":
        "git update-ref refs/remotes/origin/x $(made); git merge -q --ff-only origin/x",
    "a remote-tracking branch written by hand":
        "made >.git/refs/remotes/origin/x; git merge -q --ff-only origin/x",
}

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
        "branch --edit-description, upstream": "git branch --edit-description; git branch -q -u origin/side side",
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

# An agent loses nothing and changes no rule; what it may do, it does through step.sh.
AGENT = {
    "commit": "edit; ready; git commit -qm x",
    "commit --no-verify": "edit; ready; git commit -qnm x",
    "commit --amend": "owner git commit -q --allow-empty -m x; ready; git commit -q --amend -m y",
    "reset --hard HEAD~1": "owner git commit -q --allow-empty -m x; ready; git reset -q --hard HEAD~1",
    "branch -D, not merged": "owner git branch new; owner git checkout -q new; owner git commit -q --allow-empty -m x; "
        "owner git checkout -q main; ready; git branch -q -D new",
    "branch -f": "owner git commit -q --allow-empty -m x; owner git checkout -q side; ready; git branch -f main main~1",
    "checkout -B": "owner git commit -q --allow-empty -m x; ready; git checkout -q -B main main~1",
    "update-ref back": "owner git commit -q --allow-empty -m x; ready; git update-ref refs/heads/main main~1",
    "update-ref -d": "owner git commit -q --allow-empty -m x; owner git checkout -q side; ready; git update-ref -d refs/heads/main",
    "push -f .": "owner git commit -q --allow-empty -m x; owner git checkout -q side; ready; git push -q -f . main~1:main",
    "rebase -i, drop": f"owner git commit -q --allow-empty -m x; ready; {TODO.format('2s/pick/drop/')} -q HEAD~2",
    "merge": "ready; git merge -q --no-edit side",
    "cherry-pick": "ready; git cherry-pick side >../o",
    "update-ref": "ready; git update-ref refs/heads/main $(made)",
    "step.sh, a protected file": "mkdir .llmos; echo '{}' >.llmos/config.yml; ready; ./step.sh x .llmos/config.yml",
    "llmos-hook next-phase": "ready; llmos-hook next-phase",
    "llmos-hook set": "ready; llmos-hook set FEATURE_DEVELOPMENT RELEASE",
    "llmos-hook allow": "ready; llmos-hook allow --once --reason x",
    "llmos-hook rollback": "ready; llmos-hook rollback old",
    "llmos-hook uninstall": "ready; llmos-hook uninstall",
}

# What the owner may not do either.
TAMPERING = {
    "the state file edited": "edit; sed -i s/phase:.*/phase:RELEASE/ SCENARIO_STATE.yml; ready; git commit -qnm x",
    "the state file removed": "edit; rm SCENARIO_STATE.yml; ready; git commit -qnm x",
    "another state file committed":
        "cp SCENARIO_STATE.yml ../s; echo x: y >>SCENARIO_STATE.yml; git add -f SCENARIO_STATE.yml; "
        "cp ../s SCENARIO_STATE.yml; ready; git commit -qnm x",
    "the ledger's reference deleted": "ready; git update-ref -d refs/llmos/ledger/main",
    "the ledger's reference put back": "ready; git update-ref refs/llmos/ledger/main refs/llmos/ledger/main~1",
    "the ledger deleted by hand": "edit; rm .git/refs/llmos/ledger/main; ready; git commit -qnm x",
    "a record taken out of the notes":
        "llmos-hook --quiet next-phase; ready; git notes --ref=llmos remove HEAD",
    "a line in the notes that is no record": "ready; git notes --ref=llmos append -m x",
    "the gate deleted": "edit; rm .git/llmos/bin/llmos-gate; ready; git commit -qm x",
}

SUBJECT = "[DEV] FEATURE_DEVELOPMENT:IMPLEMENTATION x"
STEPS = {
    "step.sh": ("echo 1 >>a; echo 1 >n; ./step.sh x", f"echo 1 >>a; echo 1 >n; git add -A; git commit -qm '{SUBJECT}'"),
    "step.sh PATH": ("echo 1 >>a; echo 1 >n; ./step.sh x a", f"echo 1 >>a; echo 1 >n; git commit -qm '{SUBJECT}' a"),
    "step.sh, what is staged": ("edit; echo 1 >n; ./step.sh x", f"edit; echo 1 >n; git commit -qm '{SUBJECT}'"),
}


def operations() -> list[Operation]:
    """All of them, in the order of the table."""
    dev = {"LLMOS_AGENT": "DEV"}
    groups = {
        "commit": COMMIT, "merge": MERGE, "cherry-pick and revert": PICK, "rebase": REBASE, "am and stash": MAIL,
        "reset, checkout, branch": MOVES, "plumbing": PLUMBING, "fetch, pull, push": TRANSFER,
        "worktree and submodule": WORKTREE, "hooks switched off": HOOKS_OFF, "files written by hand": BY_HAND,
    }
    result = [Operation(group, *item) for group, items in groups.items() for item in items.items()]
    result += [Operation("files written by hand", *item, python=True) for item in BY_HAND_PYTHON.items()]
    result += [Operation("other implementations", *item, python=True) for item in LIBRARIES.items()]
    result += [Operation("agent", *item, "refused", environment=dev) for item in AGENT.items()]
    result += [Operation("tampering", *item, "refused") for item in TAMPERING.items()]
    result += [
        Operation("agent", name, script, environment=dev, twin=twin) for name, (script, twin) in STEPS.items()
    ]
    result += [Operation("commits that no branch has", *item, "strict") for item in STRICT.items()]
    result += [Operation("remote-tracking branches", *item, "incoming") for item in INCOMING.items()]
    for group, items in NONE.items():
        for name, script in items.items():
            text, code = script if isinstance(script, tuple) else (script, 0)
            result.append(
                Operation(f"no commit: {group}", name, text, "none", python=group == "libraries", code=code)
            )
    return result
