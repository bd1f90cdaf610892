// swift-tools-version: 6.2
import PackageDescription

// With LLMOS_STATIC=1 (scripts/build.sh sets it together with -static-executable) libgit2.a is linked,
// and the libraries that it needs once its network transports are left out (Sources/CLibgit2).
let isStatic = Context.environment["LLMOS_STATIC"] == "1"
let libraries = ["git2"] + (isStatic ? ["http_parser", "mbedcrypto", "pcre2-8", "z"] : [])

// scripts/fuzz.sh links it with libFuzzer; no other build has it.
let fuzz: [Target] =
  Context.environment["LLMOS_FUZZ"] == "1"
  ? [
    .target(
      name: "Fuzz", dependencies: ["Scenario", "StateFile"], path: "Tests/Fuzz", exclude: ["corpus"])
  ] : []

let package = Package(
  name: "llmos-hook",
  products: [
    .executable(name: "llmos-hook", targets: ["llmos-hook"]),
    .executable(name: "llmos-gate", targets: ["llmos-gate"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2", traits: []),
  ],
  targets: [
    .target(name: "CLibgit2", linkerSettings: libraries.map { .linkedLibrary($0) }),
    .target(name: "Git", dependencies: ["CLibgit2"]),
    .target(name: "Scenario"),
    .target(name: "Gate", dependencies: ["Git", "Scenario"]),
    .target(name: "StateFile", dependencies: ["Scenario", "Yams"]),
    .target(
      name: "Engine",
      dependencies: [
        "Gate", "Git", "Scenario", "StateFile",
        .product(name: "Subprocess", package: "swift-subprocess"),
      ],
      resources: [.embedInCode("Installed")]),
    .executableTarget(name: "llmos-gate", dependencies: ["Gate"]),
    .executableTarget(
      name: "llmos-hook",
      dependencies: [
        "Engine", "Gate",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ]),
    .testTarget(name: "ScenarioTests", dependencies: ["Scenario"]),
    .testTarget(name: "StateFileTests", dependencies: ["StateFile", "Scenario"]),
    .testTarget(
      name: "IntegrationTests",
      dependencies: [.product(name: "Subprocess", package: "swift-subprocess")],
      exclude: ["Fixtures"]),
  ] + fuzz
)
