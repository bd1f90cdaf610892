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
    out += "<testcase classname=\"ledgers\" name=\"\(Markup.line(summaryLine))\">"
    if !findings.isEmpty {
      let text = Markup.line(findings.map(\.onOneLine).joined(separator: "; "))
      out += isStrict ? "<failure message=\"\(text)\"/>" : "<system-out>\(text)</system-out>"
    }
    out += "</testcase>\n"
    for one in flagged {
      let file = one.path.map { " file=\"\(Markup.line(String(decoding: $0, as: UTF8.self)))\"" } ?? ""
      let text = Markup.line("\(one.judgement.rawValue): \(one.reason)")
      out += "<testcase classname=\"commits\" "
      out += "name=\"\(Markup.line("\(one.commit.short) \(one.subject)"))\"\(file)>"
      out +=
        fails(one.judgement)
        ? "<failure type=\"\(one.judgement.rawValue)\" message=\"\(text)\">"
          + "\(Markup.line(Self.remedy(for: one.judgement)))</failure>"
        : "<system-out>\(text)</system-out>"
      out += "</testcase>\n"
    }
    return out + "</testsuite></testsuites>\n"
  }

  private var summaryLine: String {
    let parts = Judgement.allCases.compactMap { kind in counts[kind].map { "\(kind.rawValue) \($0)" } }
    return parts.isEmpty ? "no commits" : parts.joined(separator: ", ")
  }
}
