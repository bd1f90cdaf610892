"""What an agent, or nobody, may do; and what an agent does instead."""

from __future__ import annotations

from .scripts import TODO

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
