"""What goes around the hooks: switched off, files written by hand, other implementations of git."""

from __future__ import annotations

from .scripts import DULWICH, EDIT, GITPYTHON, OFF, PYGIT2

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
