"""One way to use git, and the repository in which it is tried."""

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
    - `derived`: takes what a host made of proven commits, which is let in, and proved by its content;
    - `refused`: an agent may not do it, or nobody, in any phase. `ready` ends the preparations.
    """

    group: str
    name: str
    script: str
    kind: str = "brings"
    python: bool = False
    code: int = 0  # the exit status where nothing is refused
    environment: dict[str, str] = field(default_factory=dict)
    needs: str = ""  # the command, or its option, that git has to know; one that it does not is not tried
    refused_from: str = ""  # the git from which on its kind is `refused`
    twin: str | None = None  # what does the same in a repository without hooks, when that is another script


# A repository and what it knows: `main`; branches beside it, all but `local` of which `origin` has; ../other.git,
# which was made elsewhere, with a branch `stranger` that nobody here has, and the tags `loose1`, `loose` (the same
# as `stranger`, two commits after main) and `apart`; the same commits in ../patches and ../loose.bundle.
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
llmos-hook --quiet set FEATURE_DEVELOPMENT IMPLEMENTATION --reason trial
git add step.sh llmos scripts docs
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
