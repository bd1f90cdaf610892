"""Makes the packages of one build, the same bytes each time."""

from __future__ import annotations

import base64
import gzip
import hashlib
import lzma
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
import zipfile
from io import BytesIO
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PROGRAMS = ["llmos-hook", "llmos-gate", "llmos-launcher"]
# Debian's names of architectures, by those of uname(1).
DEBIAN = {"x86_64": "amd64", "aarch64": "arm64"}
SUMMARY = "Lets git enforce a development process for people and LLM agents"
ARCHIVE_INSTALLER = Path(__file__).with_name("install.sh")


def call(*command: str, directory: Path = ROOT, code: int = 70, **environment: str) -> str:
    """What a command prints; ends the program where it fails."""
    done = subprocess.run(
        command, cwd=directory, capture_output=True, text=True, env=os.environ | environment, check=False
    )
    if done.returncode != 0:
        print(done.stdout[-2000:] + done.stderr[-4000:], file=sys.stderr)
        print(f"package: {command[0]} failed with {done.returncode}", file=sys.stderr)
        sys.exit(code)
    return done.stdout


class Build:
    """A staged installation: bin/ and share/ below a directory."""

    def __init__(self, scratch: Path) -> None:
        """Builds HEAD in a directory of its own, or takes what LLMOS_HOOK_BIN names, and installs it below another."""
        self.epoch = int(os.environ.get("SOURCE_DATE_EPOCH") or call("git", "log", "-1", "--format=%ct"))
        self.author = call("git", "log", "-1", "--format=%an <%ae>").strip()
        self.machine = os.uname().machine
        source = scratch / "source"
        source.mkdir()
        with tarfile.open(fileobj=BytesIO(self.committed())) as content:
            content.extractall(source, filter="data")
        built = os.environ.get("LLMOS_HOOK_BIN")
        if built:
            place = source / ".build-release/bin"
            place.mkdir(parents=True)
            for name in PROGRAMS:
                shutil.copy2(Path(built) / name, place)
            (source / "scripts/build.sh").write_text("#!/bin/sh\n")
        self.stage = scratch / "stage"
        call("./install.sh", "--prefix", str(self.stage), directory=source, LC_ALL="C.UTF-8")
        if "statically linked" not in call("file", "-b", str(self.stage / "bin/llmos-hook"), code=69):
            sys.exit("package: the programs need this machine's libgit2, so that no other machine could run them")
        self.version = call(str(self.stage / "bin/llmos-hook"), "--version").strip()
        self.readme = (source / "README.md").read_text()

    @staticmethod
    def committed() -> bytes:
        """HEAD as an archive: nothing that is not committed gets into a package."""
        done = subprocess.run(["git", "archive", "HEAD"], cwd=ROOT, capture_output=True, check=True)
        return done.stdout

    def files(self, directory: str) -> list[Path]:
        """What is below a directory of the installation, sorted by its path."""
        return sorted(path for path in (self.stage / directory).rglob("*") if path.is_file())


def packages(output: Path) -> list[str]:
    """Makes all of them in a directory.

    Returns: their names.
    """
    output.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        build = Build(Path(scratch))
        names = [archive(build, output), debian(build, output, Path(scratch)), wheel(build, output)]
    sums = [f"{hashlib.sha256((output / name).read_bytes()).hexdigest()}  {name}\n" for name in sorted(names)]
    (output / "SHA256SUMS").write_text("".join(sums))
    return [*names, "SHA256SUMS"]


def archive(build: Build, output: Path) -> str:
    """The tar.xz."""
    top = f"llmos-hook-{build.version}-linux-{build.machine}"
    content = BytesIO()
    with tarfile.open(fileobj=content, mode="w", format=tarfile.USTAR_FORMAT) as tar:

        def add(path: Path, name: str, mode: int) -> None:
            entry = tarfile.TarInfo(f"{top}/{name}")
            entry.mtime, entry.mode = build.epoch, mode
            if path.is_symlink():
                entry.type, entry.linkname = tarfile.SYMTYPE, str(path.readlink())
                tar.addfile(entry)
            else:
                entry.size = path.stat().st_size
                with path.open("rb") as file:
                    tar.addfile(entry, file)

        add(ARCHIVE_INSTALLER, "install.sh", 0o755)
        add(ROOT / "README.md", "README.md", 0o644)
        for path in build.files("bin"):
            add(path, str(path.relative_to(build.stage)), 0o755)
        for path in build.files("share"):
            add(path, str(path.relative_to(build.stage)), 0o644)
    name = top + ".tar.xz"
    (output / name).write_bytes(lzma.compress(content.getvalue(), preset=9))
    return name


def debian(build: Build, output: Path, scratch: Path) -> str:
    """The package for Debian and its kin."""
    architecture = DEBIAN.get(build.machine, build.machine)
    root = scratch / "debian"

    def put(path: str, content: bytes, mode: int = 0o644) -> None:
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
        file.chmod(mode)

    for program in PROGRAMS:
        put(f"usr/lib/llmos-hook/{program}", (build.stage / "bin" / program).read_bytes(), 0o755)
    (root / "usr/bin").mkdir()
    (root / "usr/bin/llmos-hook").symlink_to("../lib/llmos-hook/llmos-hook")
    for page in build.files("share/man"):
        put(f"usr/share/man/man1/{page.name}.gz", gzip.compress(page.read_bytes(), 9, mtime=0))
    share = build.stage / "share"
    for source, target in [
        ("bash-completion/completions/llmos-hook", "bash-completion/completions/llmos-hook"),
        ("zsh/site-functions/_llmos-hook", "zsh/vendor-completions/_llmos-hook"),
        ("fish/vendor_completions.d/llmos-hook.fish", "fish/vendor_completions.d/llmos-hook.fish"),
    ]:
        put(f"usr/share/{target}", (share / source).read_bytes().removeprefix(b"#!/bin/bash\n"))
    documents = "usr/share/doc/llmos-hook"
    date = time.strftime("%a, %d %b %Y %H:%M:%S +0000", time.gmtime(build.epoch))
    changes = (
        f"llmos-hook ({build.version}) unstable; urgency=medium\n\n  * See CHANGELOG.md.gz beside this file.\n\n"
        f" -- {build.author}  {date}\n"
    )
    put(f"{documents}/changelog.gz", gzip.compress(changes.encode(), 9, mtime=0))
    put(f"{documents}/CHANGELOG.md.gz", gzip.compress((ROOT / "CHANGELOG.md").read_bytes(), 9, mtime=0))
    put(f"{documents}/copyright", (ROOT / "tools/packages/copyright").read_bytes())
    # Linked for good: a hook has to start in a millisecond, and to go on where a library is removed.
    overrides = [f"statically-linked-binary [usr/lib/llmos-hook/{program}]" for program in PROGRAMS]
    overrides += [f"embedded-library libyaml [usr/lib/llmos-hook/{PROGRAMS[0]}]"]
    overrides += [f"embedded-library zlib [usr/lib/llmos-hook/{program}]" for program in PROGRAMS[:2]]
    text = "".join(f"llmos-hook: {line}\n" for line in overrides)
    put("usr/share/lintian/overrides/llmos-hook", text.encode())
    size = sum(path.stat().st_size for path in root.rglob("*") if path.is_file()) // 1024
    control = (
        f"Package: llmos-hook\nVersion: {build.version}\nArchitecture: {architecture}\nMaintainer: {build.author}\n"
        f"Installed-Size: {size}\nDepends: git (>= 1:2.31)\nSection: vcs\nPriority: optional\n"
        f"Description: gatekeeper that lets git enforce a development process\n"
        " llmos-hook is installed as git hooks. A commit lands only in a phase that\n"
        " allows commits, whether a person or an LLM agent makes it, and the ledger\n"
        " proves in which phase each was made.\n"
    )
    put("DEBIAN/control", control.encode())
    sums = [
        f"{hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest()}  {path.relative_to(root)}\n"
        for path in sorted(root.rglob("*"))
        if path.is_file() and not path.is_symlink() and "DEBIAN" not in path.parts
    ]
    put("DEBIAN/md5sums", "".join(sums).encode())
    for path in [root, *root.rglob("*")]:
        if path.is_dir():
            path.chmod(0o755)
    name = f"llmos-hook_{build.version}_{architecture}.deb"
    command = ["dpkg-deb", "--root-owner-group", "-Zxz", "--build", str(root), str(output / name)]
    call(*command, code=69, SOURCE_DATE_EPOCH=str(build.epoch))
    return name


def wheel(build: Build, output: Path) -> str:
    """The wheel (Python's specification "Binary distribution format")."""
    base = f"llmos_hook-{build.version}"
    tag = f"py3-none-manylinux_2_17_{build.machine}"
    name = f"{base}-{tag}.whl"
    about = (
        f"Metadata-Version: 2.1\nName: llmos-hook\nVersion: {build.version}\nSummary: {SUMMARY}\n"
        f"Description-Content-Type: text/markdown\n\n{build.readme}"
    )
    kind = f"Wheel-Version: 1.0\nGenerator: llmos-hook\nRoot-Is-Purelib: false\nTag: {tag}\n"
    parts = [(f"{base}.data/scripts/{program}", (build.stage / "bin" / program).read_bytes()) for program in PROGRAMS]
    parts += [(f"{base}.data/data/{path.relative_to(build.stage)}", path.read_bytes()) for path in build.files("share")]
    parts += [(f"{base}.dist-info/METADATA", about.encode()), (f"{base}.dist-info/WHEEL", kind.encode())]

    def digest(content: bytes) -> str:
        return base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()

    record = "".join(f"{path},sha256={digest(content)},{len(content)}\n" for path, content in parts)
    parts.append((f"{base}.dist-info/RECORD", f"{record}{base}.dist-info/RECORD,,\n".encode()))
    with zipfile.ZipFile(output / name, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as file:
        for path, content in parts:
            entry = zipfile.ZipInfo(path, time.gmtime(build.epoch)[:6])
            entry.compress_type = zipfile.ZIP_DEFLATED
            mode = 0o755 if ".data/scripts/" in path else 0o644
            entry.external_attr = (0o100000 | mode) << 16
            file.writestr(entry, content)
    return name
