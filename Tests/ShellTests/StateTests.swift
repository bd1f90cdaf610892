import Testing

@testable import Shell

/// Where a shell may be behind what may fail, or never run.
@Suite struct StateTests {
  /// The directories in which `probe` starts.
  private static func probes(_ text: String) -> [String] {
    let world = ShellWorld(
      directory: "/r", root: { $0.hasPrefix("/r") ? "/r" : nil },
      isDirectory: { ["/r", "/tmp", "/r/web", "/r/src"].contains($0) })
    return ShellLine(text, in: world).invocations.filter { $0.program == "probe" }.map { invocation in
      let words = invocation.arguments.map(\.text).joined(separator: " ")
      if case .known(let path) = invocation.directory { return path + (words.isEmpty ? "" : " " + words) }
      return "\(invocation.directory)"
    }.sorted()
  }

  @Test(arguments: [
    ("cd /nope; probe", ["/nope", "/r"]), ("true || cd /tmp; probe", ["/r"]),
    ("false && cd /tmp; probe", ["/r"]),
    ("if false; then cd /tmp; fi; probe", ["/r"]), ("if false; then cd /tmp; else probe; fi", ["/r"]),
    ("case x in y) cd /tmp;; esac; probe", ["/r", "/tmp"]), ("while false; do cd /tmp; done; probe", ["/r"]),
    ("test -d web && cd web; probe", ["/r", "/r/web"]), ("[ -n \"$D\" ] && cd /tmp; probe", ["/r", "/tmp"]),
    ("[[ -d web ]] && cd web; probe", ["/r", "/r/web"]), ("((1)) && cd web; probe", ["/r", "/r/web"]),
    ("test -d web && cd web && probe", ["/r/web"]), ("cd web || exit 1; probe", ["/r/web"]),
    ("(cd build; probe)", ["/r/build"]),
    ("cd /nope || exit 1; probe", ["/nope"]), ("set -e; cd /nope; probe", ["/nope"]),
    ("mkdir -p /tmp/a; cd /tmp/a; probe", ["/tmp/a"]), ("mkdir -p /tmp/a && cd /tmp/a\nprobe", ["/tmp/a"]),
    ("git clone https://x/y.git; cd y; probe", ["/r/y"]), ("echo nope; cd /nope; probe", ["/nope", "/r"]),
    ("if test x; then cd web; elif test y; then cd src; fi; probe", ["/r", "/r/src", "/r/web"]),
    ("if test x; then cd web; else cd src; fi; probe", ["/r/src", "/r/web"]),
    ("! test x && cd web; probe", ["/r", "/r/web"]), ("! true || cd web; probe", ["/r/web"]),
    ("until true; do cd /tmp; done; probe", ["/r"]), ("npm test || cd web; probe", ["/r", "/r/web"]),
    ("f=a; false && f=b; probe $f", ["/r a"]), ("f=a; test x && f=b; probe $f", ["/r a", "/r b"]),
    ("x=a; f() { local x=b; }; f; probe $x", ["/r a"]),
    ("f() { test x && return; cd web; }; f; probe", ["/r", "/r/web"]),
    ("case $x in a) cd web;; *) cd src;; esac; probe", ["/r/src", "/r/web"]),
    ("(false) && cd web; probe", ["/r"]), ("ls | grep -q x && cd web; probe", ["/r", "/r/web"]),
    ("for d in web src; do cd $d; probe; cd ..; done", ["/r/src", "/r/web"]),
    ("x=$(if test a; then echo b; else echo c; fi); probe", ["/r"]),
    ("x=a/; probe ${x%/} \"${x%/}\"", ["/r a a"]), ("x=a-b; probe ${x/-/_} ${x:2} ${x:0:1}", ["/r a_b b a"]),
    ("a=(x y z); probe ${a[1]} ${a[-1]} $a \"${a[@]}\"", ["/r y z x x y z"]),
    ("set -- x y z; probe ${@:2} ${@: -1}", ["/r y z z"]), ("read -r a b <<< 'x y z'; probe $b", ["/r y z"]),
    ("x=$(echo a b | cut -d' ' -f2); probe $x", ["/r b"]),
    ("probe $(echo aXb | tr X - | tr -d b)", ["/r a-"]),
    ("probe $(echo ab | sed 's/b/c/')", ["/r ac"]),
    ("probe $(printf 'a b\\nc d\\n' | awk '{print $2}')", ["/r b d"]),
    ("probe $(printf 'ab\\ncd\\n' | grep c | head -1)", ["/r cd"]),
    ("a=(x); a+=(y z); probe ${a[@]}", ["/r x y z"]),
    ("probe${IFS}a", ["/r a"]), ("printf 'probe a' | tee /tmp/s; sh /tmp/s", ["/r a"]),
    ("printf '%b' '\\x70robe' | sh", ["/r"]), ("xxd -r -p <<< 70726f6265 | sh", ["/r"]),
    ("declare -A m=([k]=v [w]=x); probe ${m[w]}", ["/r x"]),
  ]) func whereItMayBe(text: String, expected: [String]) {
    #expect(Self.probes(text) == expected, "\(text)")
  }

  /// Conditions one after the other do not multiply without end.
  @Test func statesAreBounded() {
    let many = (0..<40).map { "test -d \($0) && v\($0)=1" }.joined(separator: "\n") + "\nprobe"
    let probes = Self.probes(many)
    #expect((1...4).contains(probes.count) && probes.allSatisfy { $0 == "/r" })
    let deep =
      String(repeating: "if test a; then x=$x; cd web; else y=b; ", count: 15) + "probe"
      + String(repeating: "; fi", count: 15)
    #expect(!Self.probes(deep).isEmpty)
  }
}
