// swift-tools-version: 6.2
import PackageDescription

// With LLMOS_STATIC (scripts/build.sh sets it together with -static-executable) libgit2.a is linked, and the libraries that
// it names: what libgit2.a needs once its network transports are left out (Sources/CLibgit2). One that LLMOS_LIBGIT2
// names needs none.
let libraries = ["git2"] + (Context.environment["LLMOS_STATIC"] ?? "").split(separator: " ").map(String.init)
let libgit2: [LinkerSetting] =
  Context.environment["LLMOS_LIBGIT2"].map { [.unsafeFlags(["\($0)/lib/libgit2.a"])] }
  ?? libraries.map { .linkedLibrary($0) }

// scripts/fuzz.sh links it with libFuzzer; no other build has it.
let fuzz: [Target] =
  Context.environment["LLMOS_FUZZ"] == "1"
  ? [
    .target(
      name: "Fuzz", dependencies: ["Core", "Ledger", "Shell", "StateFile"], path: "Tests/Fuzz",
      exclude: ["corpus"])
  ] : []

let package = Package(
  name: "llmos-hook",
  products: [
    .executable(name: "llmos-hook", targets: ["llmos-hook"]),
    .executable(name: "llmos-gate", targets: ["llmos-gate"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
    .package(url: "https://github.com/swiftlang/swift-subprocess", exact: "1.0.2", traits: []),
  ],
  targets: [
    .target(name: "CLibgit2", linkerSettings: libgit2),
    .systemLibrary(name: "CLibyaml", pkgConfig: "yaml-0.1", providers: [.apt(["libyaml-dev"])]),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    .target(name: "Core"),
    .target(name: "CPlatform"),
    .target(name: "Platform", dependencies: ["CPlatform", "Core"]),
    .target(name: "Git", dependencies: ["CLibgit2", "CZlib", "Core", "Platform"]),
    .target(name: "Ledger", dependencies: ["Core", "Git", "Platform"]),
    .target(name: "Verify", dependencies: ["Core"]),
    .target(name: "StateFile", dependencies: ["CLibyaml", "Core", "Platform"]),
    .target(name: "Hook", dependencies: ["Core", "Git", "Ledger", "Platform"]),
    .target(
      name: "Engine",
      dependencies: [
        "Core", "Git", "Hook", "Ledger", "Pages", "Platform", "Shell", "StateFile", "ToolGate", "Verify",
      ],
      resources: [.embedInCode("Installed")]),
    .target(name: "Shell"),
    .target(name: "ToolGate", dependencies: ["Core", "Shell"]),
    .target(name: "Pages", dependencies: ["Core", "Verify"]),
    .executableTarget(name: "llmos-gate", dependencies: ["Core", "Hook", "Platform"]),
    .executableTarget(
      name: "llmos-hook",
      dependencies: [
        "Core", "Engine", "Git", "Hook", "Ledger", "Pages", "Platform", "StateFile", "ToolGate", "Verify",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ]),
    .testTarget(name: "CoreTests", dependencies: ["Core"]),
    .testTarget(name: "HookTests", dependencies: ["Core", "Hook"]),
    .testTarget(name: "LedgerTests", dependencies: ["Core", "Git", "Ledger", "Platform"]),
    .testTarget(name: "PagesTests", dependencies: ["Core", "Pages", "Verify"]),
    .testTarget(name: "PlatformTests", dependencies: ["Core", "Platform"]),
    .testTarget(name: "ShellTests", dependencies: ["Shell"]),
    .testTarget(name: "StateFileTests", dependencies: ["Core", "StateFile"]),
    .testTarget(name: "ToolGateTests", dependencies: ["Core", "Shell", "ToolGate"]),
    .testTarget(name: "IntegrationTests", dependencies: ["StateFile"], exclude: ["Fixtures"]),
    .testTarget(name: "VerifyTests", dependencies: ["Core", "Verify"]),
  ] + fuzz
)
