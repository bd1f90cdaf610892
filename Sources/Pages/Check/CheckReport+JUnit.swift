import Core
import Verify

/// A report in the form of JUnit, which GitLab shows in a merge request.
extension CheckReport {
  /// One suite: a test case a commit that is not good, and one for the ledgers. Where all is good, the ledgers' passes.
  public var junit: String {
    let failures = flagged.filter { fails($0.judgement) }.count + (isStrict && !findings.isEmpty ? 1 : 0)
    var out = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
    out += "<testsuites><testsuite name=\"llmos-hook verify\" tests=\"\(flagged.count + 1)\" "
    out += "failures=\"\(failures)\" errors=\"0\" skipped=\"0\">\n"
    out += "<testcase classname=\"ledgers\" name=\"\(Self.escaped(summaryLine))\">"
    if !findings.isEmpty {
      let text = Self.escaped(findings.map(\.onOneLine).joined(separator: "; "))
      out += isStrict ? "<failure message=\"\(text)\"/>" : "<system-out>\(text)</system-out>"
    }
    out += "</testcase>\n"
    for one in flagged {
      let file = one.path.map { " file=\"\(Self.escaped(String(decoding: $0, as: UTF8.self)))\"" } ?? ""
      let text = Self.escaped("\(one.judgement.rawValue): \(one.reason)")
      out += "<testcase classname=\"commits\" "
      out += "name=\"\(Self.escaped("\(one.commit.short) \(one.subject)"))\"\(file)>"
      out +=
        fails(one.judgement)
        ? "<failure type=\"\(one.judgement.rawValue)\" message=\"\(text)\">"
          + "\(Self.escaped(Self.remedy(for: one.judgement)))</failure>"
        : "<system-out>\(text)</system-out>"
      out += "</testcase>\n"
    }
    return out + "</testsuite></testsuites>\n"
  }

  private var summaryLine: String {
    let parts = Judgement.allCases.compactMap { kind in counts[kind].map { "\(kind.rawValue) \($0)" } }
    return parts.isEmpty ? "no commits" : parts.joined(separator: ", ")
  }

  private static func escaped(_ text: String) -> String {
    text.onOneLine.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
      .replacing("\"", with: "&quot;")
  }
}
