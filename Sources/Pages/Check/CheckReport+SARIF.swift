import Core
import Verify

/// Static Analysis Results Interchange Format 2.1.0 (OASIS), as GitHub, GitLab and Azure DevOps take it.
extension CheckReport {
  /// The log: one run, a rule a verdict, a result a commit that is not good.
  public var sarif: JSON {
    .object([
      ("$schema", .string("https://json.schemastore.org/sarif-2.1.0.json")), ("version", .string("2.1.0")),
      (
        "runs",
        .array([
          .object([
            ("tool", .object([("driver", driver)])),
            ("invocations", .array([invocation])),
            ("results", .array(flagged.map(result))),
            (
              "properties",
              .object([
                ("strict", .bool(isStrict)),
                ("counts", .object(Judgement.allCases.map { ($0.rawValue, .int(counts[$0] ?? 0)) })),
              ])
            ),
          ])
        ])
      ),
    ])
  }

  private var driver: JSON {
    .object([
      ("name", .string("llmos-hook")), ("version", .string(version)),
      (
        "rules",
        .array(
          Self.verdicts.map { verdict in
            .object([
              ("id", .string(verdict.rawValue)), ("shortDescription", Self.text(Self.meaning(of: verdict))),
              ("help", Self.text(Self.remedy(for: verdict))),
              ("defaultConfiguration", .object([("level", .string(level(of: verdict)))])),
            ])
          })
      ),
    ])
  }

  private var invocation: JSON {
    .object([
      // The run came to its end; what it found are results.
      ("executionSuccessful", .bool(true)),
      (
        "toolExecutionNotifications",
        .array(
          findings.map {
            .object([
              ("level", .string(isStrict ? "error" : "warning")), ("message", Self.text($0.onOneLine)),
            ])
          })
      ),
    ])
  }

  private func result(_ one: Flagged) -> JSON {
    .object([
      ("ruleId", .string(one.judgement.rawValue)),
      ("ruleIndex", .int(Self.verdicts.firstIndex(of: one.judgement) ?? 0)),
      ("level", .string(level(of: one.judgement))),
      (
        "message",
        Self.text("\(one.commit.short) \(one.subject.onOneLine): \(one.reason.onOneLine)")
      ),
      (
        "locations",
        .array([
          .object([
            (
              "physicalLocation",
              .object([
                ("artifactLocation", .object([("uri", .string(Self.reference(to: one.path ?? Self.place)))])),
                ("region", .object([("startLine", .int(max(one.line, 1)))])),
              ])
            ),
            (
              "logicalLocations",
              .array([
                .object([("name", .string(one.commit.description)), ("kind", .string("commit"))])
              ])
            ),
          ])
        ])
      ),
      ("partialFingerprints", .object([("commit/v1", .string(one.commit.description))])),
    ])
  }

  /// Where a commit that changes no file is shown: a result without a place is not taken by GitHub.
  private static let place = Array(StatePath.name.utf8)

  private func level(of verdict: Judgement) -> String { fails(verdict) ? "error" : "warning" }

  private static func text(_ text: String) -> JSON { .object([("text", .string(text))]) }

  /// A path as a relative reference (RFC 3986, section 4.2); `./` where its first part would read as a scheme.
  private static func reference(to path: [UInt8]) -> String {
    let digits = Array("0123456789ABCDEF")
    var out = ""
    for byte in path {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
        UInt8(ascii: "~"), UInt8(ascii: "/"):
        out.unicodeScalars.append(Unicode.Scalar(byte))
      default: out += "%\(digits[Int(byte >> 4)])\(digits[Int(byte & 15)])"
      }
    }
    return out
  }
}
