// What has to be true of a page at any width, in any theme. Gives a list of what is not.
(() => {
  const wrong = [];
  const name = (element) =>
    element.tagName.toLowerCase() + (element.id ? "#" + element.id : "") +
    (element.getAttribute("class") ? "." + element.getAttribute("class").replaceAll(" ", ".") : "") +
    " \"" + element.textContent.trim().slice(0, 40) + "\"";
  const root = document.documentElement;
  if (root.scrollWidth > root.clientWidth) wrong.push(`the page is ${root.scrollWidth} wide, the window ${root.clientWidth}`);

  // What scrolls by itself, or is shown to readers of screens alone, may be wider.
  const free = ".wide, pre, .tip, .unseen, .hidden, svg *";
  for (const element of document.body.querySelectorAll("*")) {
    if (element.closest(free)) continue;
    const box = element.getBoundingClientRect();
    if (box.width === 0) continue;
    if (box.right > root.clientWidth + 1 || box.left < -1) wrong.push(`reaches from ${box.left} to ${box.right}: ${name(element)}`);
    const style = getComputedStyle(element);
    if (style.display.startsWith("inline") || style.overflowX !== "visible" || element.matches(".axis *, .track, .track *")) continue;
    if (element.clientWidth > 0 && element.scrollWidth > element.clientWidth + 1 && !element.querySelector(".track"))
      wrong.push(`its content is ${element.scrollWidth} wide, itself ${element.clientWidth}: ${name(element)}`);
  }

  // No word of a usual length is torn.
  for (const element of document.querySelectorAll("td, th, dt, dd, strong, .steps li, .problems li, .commits li, .measures li")) {
    const nodes = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
    for (let node = nodes.nextNode(); node; node = nodes.nextNode()) {
      for (const word of node.data.matchAll(/[\p{L}\p{N}]{2,14}(?![\p{L}\p{N}])/gu)) {
        if (word.index > 0 && /[\p{L}\p{N}]/u.test(node.data[word.index - 1])) continue;
        const range = document.createRange();
        range.setStart(node, word.index);
        range.setEnd(node, word.index + word[0].length);
        const tops = new Set([...range.getClientRects()].map((box) => Math.round(box.top / 4)));
        if (tops.size > 1 && !element.closest(".unseen, .tip")) wrong.push(`torn: ${word[0]} in ${name(element)}`);
      }
    }
  }

  // Labels of the time's axis stand apart.
  const labels = [...document.querySelectorAll(".axis span")].map((e) => e.getBoundingClientRect()).filter((b) => b.width > 0);
  labels.forEach((box, index) => {
    if (index > 0 && box.left < labels[index - 1].right) wrong.push(`labels ${index} and ${index + 1} of the axis overlap`);
  });

  for (const link of document.querySelectorAll("a[href]")) {
    const target = link.getAttribute("href");
    if (!target.startsWith("#")) wrong.push(`leads away: ${target}`);
    else if (!document.getElementById(target.slice(1))) wrong.push(`leads nowhere: ${target}`);
  }
  const ids = [...document.querySelectorAll("[id]")].map((element) => element.id);
  for (const id of new Set(ids)) if (ids.filter((other) => other === id).length > 1) wrong.push(`two elements are ${id}`);

  let level = 0;
  for (const heading of document.querySelectorAll("h1,h2,h3,h4,h5,h6")) {
    const now = Number(heading.tagName[1]);
    if (now > level + 1) wrong.push(`from h${level} to h${now}: ${name(heading)}`);
    level = now;
  }
  if (document.querySelectorAll("h1").length !== 1) wrong.push("there is not one h1");
  for (const table of document.querySelectorAll("table")) {
    if (!table.querySelector("th[scope]") || !table.caption) wrong.push(`a table without heads or a name: ${name(table)}`);
  }
  if (!root.lang) wrong.push("no lang");
  const policy = document.querySelector("meta[http-equiv=Content-Security-Policy]");
  if (!policy || !policy.content.includes("default-src 'none'")) wrong.push("no Content-Security-Policy");
  for (const element of document.querySelectorAll("script, iframe, object, embed, form, link, img, [src]")) wrong.push(`should not be there: ${name(element)}`);
  for (const element of document.querySelectorAll("*"))
    for (const attribute of element.attributes) if (/^on/i.test(attribute.name)) wrong.push(`runs something: ${attribute.name}`);

  // No line goes through a label or a box of the graph.
  for (const svg of document.querySelectorAll("svg.llmos-graph")) {
    const boxes = [...svg.querySelectorAll(".box")].map((e) => ({ what: name(e.parentNode), box: e.getBBox() }));
    const texts = [...svg.querySelectorAll("text")].map((e) => ({ what: name(e), box: e.getBBox(), element: e }));
    for (const path of svg.querySelectorAll("path.flow, path.event")) {
      const length = path.getTotalLength();
      for (let at = 0; at <= length; at += 2) {
        const point = path.getPointAtLength(at);
        for (const { what, box } of [...boxes, ...texts]) {
          const inside = point.x > box.x + 1.5 && point.x < box.x + box.width - 1.5 && point.y > box.y + 1.5 && point.y < box.y + box.height - 1.5;
          if (inside) { wrong.push(`a line goes through ${what} at ${Math.round(point.x)},${Math.round(point.y)}`); at = length; break; }
        }
      }
    }
    texts.forEach((text, index) => {
      for (const other of texts.slice(index + 1)) {
        const apart = text.box.x + text.box.width <= other.box.x + 0.5 || other.box.x + other.box.width <= text.box.x + 0.5 ||
          text.box.y + text.box.height <= other.box.y + 2 || other.box.y + other.box.height <= text.box.y + 2;
        if (!apart) wrong.push(`two texts overlap: ${text.what}, ${other.what}`);
      }
    });
    const view = svg.viewBox.baseVal;
    for (const { what, box } of [...boxes, ...texts])
      if (box.x < view.x || box.y < view.y || box.x + box.width > view.x + view.width || box.y + box.height > view.y + view.height)
        wrong.push(`outside of the picture: ${what}`);
    for (const group of svg.querySelectorAll("g")) {
      const box = group.querySelector(".box");
      if (!box) continue;
      const outer = box.getBBox();
      for (const text of group.querySelectorAll("text")) {
        const inner = text.getBBox();
        if (inner.x < outer.x || inner.x + inner.width > outer.x + outer.width) wrong.push(`text wider than its box: ${name(text)}`);
      }
    }
  }
  return wrong.slice(0, 20);
})()
