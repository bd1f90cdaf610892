extension ReportPage {
  /// The page's style sheet.
  static let style: String = colours + layout + pictures + lists + narrow + print

  // Each pair of ink and ground has at least 4.5 to 1 (WCAG 2.2, 1.4.3).
  private static let colours = """
    :root{color-scheme:light dark;--page:#fff;--ground:#f6f8fa;--ink:#1f2328;--soft:#59636e;--line:#d1d9e0;\
    --link:#0758b8;--bad:#a40e26;--bad-ground:#fff0ee;--note:#6f4400;--note-ground:#fff8dc;--good:#0f5c29;\
    --good-ground:#e6f9ea;--on:#fff;\
    --c0:#00697a;--c1:#0b5cad;--c2:#1a6b33;--c3:#9a3412;--c4:#6b46c1;--c5:#8a5300;--c6:#4c5a67;--c7:#8a3f68;\
    --c8:#4f5d00;--c9:#57606a}
    @media screen and (prefers-color-scheme:dark){:root{--page:#0d1117;--ground:#161b22;--ink:#e6edf3;--soft:#a2abb5;\
    --line:#3d444d;--link:#79b8ff;--bad:#ffa198;--bad-ground:#3a1519;--note:#e9c46a;--note-ground:#2d230b;\
    --good:#6fdd8b;--good-ground:#10291a;--on:#0d1117;\
    --c0:#4cc3d4;--c1:#79b8ff;--c2:#6cc786;--c3:#ff9d76;--c4:#b9a3f5;--c5:#e0ac52;--c6:#aab6c2;--c7:#e39cc3;\
    --c8:#b8c95a;--c9:#b1bac4}}

    """

  private static let layout = """
    *{box-sizing:border-box}html{scroll-padding-top:1rem}
    body{font:16px/1.5 system-ui,-apple-system,"Segoe UI",sans-serif;margin:0 auto;max-width:125rem;\
    padding:1.5rem clamp(1rem,3vw,3rem) 5rem;color:var(--ink);background:var(--page);overflow-wrap:anywhere}
    h1{font-size:1.7rem;line-height:1.2;margin:0}h1 .kind{font-weight:400;color:var(--soft)}
    h2{font-size:1.3rem;margin:2.5rem 0 .5rem;padding-top:.75rem;border-top:1px solid var(--line)}
    h3{font-size:1.05rem;margin:1.5rem 0 .4rem}h4{font-size:1rem;margin:1rem 0 .3rem}p{margin:.4rem 0}
    a{color:var(--link)}:focus-visible{outline:3px solid var(--link);outline-offset:2px}
    code,pre{font-family:ui-monospace,Menlo,Consolas,"DejaVu Sans Mono",monospace;font-size:.88em}
    pre{background:var(--ground);padding:.75rem 1rem;border-radius:.4rem;overflow-x:auto;overflow-wrap:normal}
    q{font-style:italic}.soft{color:var(--soft)}.good{color:var(--good)}.note{color:var(--note)}.bad{color:var(--bad)}
    .unseen,.hidden{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
    .answers{list-style:none;padding:0;display:grid;gap:.75rem;margin:1rem 0}
    @media(min-width:60rem){.answers{grid-template-columns:repeat(3,minmax(0,1fr))}}
    .answers li{background:var(--ground);border-left:.4rem solid var(--c1);border-radius:.3rem;padding:.6rem .9rem}
    .answers span{display:block;color:var(--soft);font-size:.9rem}
    .answers strong{font-size:1.1rem;font-weight:600;line-height:1.35}
    .answers .good{border-color:var(--good);background:var(--good-ground)}
    .answers .bad{border-color:var(--bad);background:var(--bad-ground)}
    .answers .good strong{color:var(--good)}.answers .bad strong{color:var(--bad)}
    .answers .good span,.answers .bad span{color:var(--ink)}
    nav ul{display:flex;flex-wrap:wrap;gap:.2rem 1.1rem;list-style:none;padding:0;margin:.5rem 0}
    nav a{display:inline-block;padding:.2rem 0}
    .problems{list-style:none;padding:0;display:grid;gap:.5rem}
    .problems li{border-left:.3rem solid;border-radius:.3rem;padding:.35rem .8rem;background:var(--note-ground)}
    .problems li.bad{background:var(--bad-ground)}.problems p{color:var(--ink);margin:.1rem 0}
    .problems strong{color:var(--note)}.problems .bad strong{color:var(--bad)}.problems .soft{color:var(--ink);font-size:.9rem}

    """

  private static let pictures = """
    .timeline{--name:12rem;margin:1rem 0;font-size:.85rem}
    .timeline ol{list-style:none;margin:0;padding:0}
    .timeline li,.axis{display:grid;grid-template-columns:var(--name) minmax(0,1fr);align-items:center;column-gap:.75rem}
    .timeline li{border-top:1px solid var(--line)}.timeline .name{font-weight:600;grid-column:1}
    .axis .track{grid-column:2;height:1.4rem;color:var(--soft)}.track{position:relative;height:2.9rem;grid-column:2}
    .axis span{position:absolute;white-space:nowrap;transform:translateX(-50%)}
    .axis span:first-child{transform:translateX(0)}.axis span:last-child:not(:first-child){transform:translateX(-100%)}
    .track i{position:absolute;top:0;bottom:0;border-left:1px dashed var(--line)}
    .track s{position:absolute;top:2.4rem;height:.4rem;border-left:2px solid var(--ink)}
    .told{display:none}
    .bar{position:absolute;top:.95rem;height:1.35rem;min-width:3px;background:var(--c);\
    color:var(--on);border-left:1px solid var(--page);border-radius:.2rem;line-height:1.35rem;white-space:nowrap;\
    text-decoration:none;padding:0}
    .fit{container-type:inline-size;display:block;height:100%}.bar b,.bar .label{display:none;overflow:hidden}
    .bar b{padding-left:.3em}.bar .label{padding-left:.3em;position:absolute;left:1em;right:0;top:0;text-overflow:ellipsis}
    @container(min-width:1.3em){.bar b{display:block}}@container(min-width:6em){.bar .label{display:block}}
    .bar.rework{background-image:repeating-linear-gradient(135deg,transparent 0 6px,rgb(128 128 128/.45) 6px 9px);\
    outline:2px dashed var(--c);outline-offset:1px}
    .bar.rework .label,.bar.rework b{background:var(--c);width:fit-content;max-width:calc(100% - 1em);height:100%}.fit{position:relative}
    .bar.open{border-right:3px double var(--page);border-radius:.2rem 0 0 .2rem}
    .mark{position:absolute;top:-.25rem;width:1.5rem;height:1.5rem;margin-left:-.75rem;display:grid;place-items:center}
    .symbol{width:1rem;height:1rem;fill:var(--ink);vertical-align:-.15em}.symbol .on{fill:var(--page)}
    .on{fill:var(--page)}.line{fill:none!important;stroke:var(--page);stroke-width:2.2}
    .ring{fill:var(--page);stroke:currentColor;stroke-width:2}
    .symbol.violation,.symbol.fail{fill:var(--bad);color:var(--bad)}.symbol.unproven,.symbol.override{fill:var(--note);color:var(--note)}
    .symbol.pass,.symbol.deployed{fill:var(--good);color:var(--good)}
    .tip{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
    .bar:hover,.mark:hover,.bar:focus,.mark:focus{z-index:3}
    :hover>.tip,:focus>.tip{position:fixed;z-index:9;left:0;right:0;bottom:0;width:auto;height:auto;clip-path:none;\
    white-space:normal;padding:.7rem clamp(1rem,3vw,3rem);background:var(--ink);color:var(--page);font-size:1rem;\
    line-height:1.4;pointer-events:none}
    .key{display:flex;flex-wrap:wrap;gap:.2rem 1.2rem;list-style:none;padding:0;margin:.5rem 0;font-size:.9rem}
    .swatch{display:inline-block;width:1.6rem;height:.9rem;border-radius:.2rem;background:var(--c,var(--c1));vertical-align:-.1em}
    .swatch.rework{background-image:repeating-linear-gradient(135deg,transparent 0 4px,var(--page) 4px 6px)}
    .swatch.tick{width:2px;background:var(--ink)}
    .c0{--c:var(--c0)}.c1{--c:var(--c1)}.c2{--c:var(--c2)}.c3{--c:var(--c3)}.c4{--c:var(--c4)}.c5{--c:var(--c5)}\
    .c6{--c:var(--c6)}.c7{--c:var(--c7)}.c8{--c:var(--c8)}.c9{--c:var(--c9)}

    """

  private static let lists = """
    .cards{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(34rem,100%),1fr));gap:1rem;align-items:start}
    .card{border:1px solid var(--line);border-radius:.5rem;padding:.8rem 1rem;min-width:0}
    .card h3{margin:0;display:flex;flex-wrap:wrap;gap:.3rem .6rem;align-items:baseline}
    .pill{font-weight:400;font-size:.85rem;border:1px solid;border-radius:1rem;padding:0 .6rem}
    .brief{font-size:1.05rem;margin:.2rem 0 .6rem}
    .steps{list-style:none;padding:0;margin:.6rem 0;display:grid;gap:2px;\
    grid-template-columns:repeat(auto-fit,minmax(min(11rem,100%),1fr))}
    .steps li{background:var(--ground);border-top:.3rem solid var(--line);padding:.3rem .5rem;font-size:.85rem}
    .steps li>span:not(.sign){display:block;color:var(--soft)}.steps b{overflow-wrap:anywhere}
    .steps .done{border-color:var(--good)}.steps .done .sign{color:var(--good)}
    .steps .now{border-color:var(--c1);background:var(--page);outline:2px solid var(--c1);outline-offset:-2px}
    .steps .now .sign{color:var(--c1)}.steps .skipped{border-top-style:dashed;border-color:var(--note)}
    .facts{margin:.5rem 0;display:grid;gap:.25rem .75rem;grid-template-columns:9rem minmax(0,1fr)}
    .facts dt:not(.verdict){color:var(--soft)}.facts dt.verdict{justify-self:start;align-self:center}.facts dd{margin:0}
    .measures{list-style:none;padding:0;display:grid;gap:.75rem;\
    grid-template-columns:repeat(auto-fit,minmax(min(15rem,100%),1fr));margin:.5rem 0}
    .measures li{background:var(--ground);border-radius:.3rem;padding:.5rem .8rem;font-size:.9rem}
    .measures span{display:block;color:var(--soft)}.measures strong{font-size:1.4rem}
    details{margin:.5rem 0}summary{cursor:pointer;font-weight:600;padding:.2rem 0}
    .commits{list-style:none;padding:0;margin:.3rem 0;max-height:22rem;overflow-y:auto;font-size:.9rem}
    .commits li{padding:.2rem 0;border-top:1px solid var(--line)}
    .verdict{font-size:.75rem;font-weight:600;border:1px solid;border-radius:.3rem;padding:0 .35rem;white-space:nowrap}
    .scenarios{list-style:none;padding:0}
    .wide{overflow-x:auto}.narrow{max-width:60rem}.columns{display:grid;gap:1rem 2rem;grid-template-columns:repeat(auto-fit,minmax(min(16rem,100%),1fr));align-items:start}
    table{border-collapse:collapse;font-size:.85rem;width:100%}.wide table{min-width:62rem}
    th,td{text-align:left;vertical-align:top;padding:.25rem .6rem;border-bottom:1px solid var(--line)}
    .wide td{overflow-wrap:break-word}.narrow td:first-child{min-width:9.7em}
    th{background:var(--ground);overflow-wrap:normal}.n{text-align:right;white-space:nowrap}time{white-space:nowrap}
    article:target{background:var(--note-ground)}

    """

  private static let narrow = """
    @media screen and (max-width:47.99rem){th,td{padding:.25rem .3rem}.timeline li,.axis{grid-template-columns:minmax(0,1fr)}.timeline .name,.axis .track,\
    .track{grid-column:1}.timeline .name{padding-top:.3rem}.axis span:nth-child(even){display:none}\
    .facts{grid-template-columns:minmax(0,1fr);gap:0}.facts dd{margin-bottom:.3rem}h1{font-size:1.4rem}}
    @media(prefers-reduced-motion:no-preference){html{scroll-behavior:smooth}}

    """

  // On paper nothing scrolls, and nothing is pointed at.
  private static let print = """
    @media print{:root{color-scheme:light}body{max-width:none;padding:0 1rem;font-size:10pt}nav,.tip,.screen{display:none}\
    .bar,.swatch,.answers li,.problems li,.steps li,th,.measures li,.track s{print-color-adjust:exact;-webkit-print-color-adjust:exact}\
    .commits{max-height:none;overflow:visible}.wide{overflow:visible}.wide table{min-width:0;font-size:7pt}\
    .wide th,.wide td{padding:.2rem .25rem}.timeline{--name:7rem}#time,pre{break-inside:avoid}.wide svg{max-width:100%;height:auto}pre{overflow:visible;white-space:pre-wrap;font-size:7.5pt}\
    .card{border:0;border-top:1px solid var(--line);border-radius:0}.cards{display:block}\
    li,tr,dd{break-inside:avoid}h2,h3,thead{break-after:avoid}}
    """
}
