"""git's own commands that bring a commit."""

from __future__ import annotations

from .scripts import TODO

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
    "commit without the state file": "edit; rm -f SCENARIO_STATE.yml; git commit -qm x",
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
