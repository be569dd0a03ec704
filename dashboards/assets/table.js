// Draws what Python hands over as text, never as HTML, and tells Python which row was opened or which column sorts.
export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".book");
  const focused = root.querySelector(":focus")?.dataset.name;
  root.className = `book ${data.theme} ${data.columns.length > 6 ? "wide" : ""} ${data.columns.length < 4 ? "narrow" : ""} ${data.scrolls ? "scrolls" : ""}`;

  const make = (tag, text, className) => {
    const element = document.createElement(tag);
    if (text) element.textContent = text;
    if (className) element.className = className;
    return element;
  };

  const bar = ({ width, ticks, tone }) => {
    const track = make("span", "", `bar ${tone}`);
    track.setAttribute("aria-hidden", "true");
    const fill = make("i");
    fill.style.width = `${width}%`;
    track.append(fill, ...ticks.map((at) => {
      const tick = make("b");
      tick.style.left = `${at}%`;
      return tick;
    }));
    return track;
  };

  const mix = (parts) => {
    const track = make("span", "", "mix");
    track.setAttribute("role", "img");
    track.setAttribute("aria-label", parts.map((part) => part.label).join(", "));
    track.append(...parts.map((part) => {
      const piece = make("i", "", part.tone ?? "");
      piece.style.flexGrow = part.size;
      if (part.colour) piece.style.color = part.colour;
      piece.title = part.label;
      return piece;
    }));
    return track;
  };

  // Streamlit changes pages in two steps, the old page with the new parameters first: no place to come back to
  const open = (row) => {
    const isHere = (url) => new URL(url, location.href).pathname === location.pathname;
    if (!isHere(row.href)) {
      history.pushState = (...step) => {
        delete history.pushState;
        if (!isHere(step[2])) history.pushState(...step);
      };
    }
    setTriggerValue("opened", row.id);
  };

  const cell = (column, content, row) => {
    const isBlank = !(content.text || content.bar || content.mix);
    const element = make("td", "", [column.kind, isBlank ? "blank" : ""].join(" ").trim());
    element.setAttribute("role", "cell");
    element.dataset.label = column.label;
    const body = make("div");
    if (column.opens && row.href) {
      const link = make("a", content.text);
      link.href = row.href;
      link.onclick = (event) => {
        event.stopPropagation(); // the row opens here, a link with Ctrl in a tab of its own
        if (event.metaKey || event.ctrlKey || event.shiftKey) return;
        event.preventDefault();
        open(row);
      };
      body.append(link);
    } else {
      const text = make("span", column.kind === "mono" ? "" : content.text, content.tone ? `status ${content.tone}` : "");
      if (column.kind === "mono") // a path breaks after a folder first
        text.append(...content.text.split(/(?<=[/])/).flatMap((part) => [part, make("wbr")]));
      body.append(text);
    }
    if (content.bar) body.append(bar(content.bar));
    if (content.mix) body.append(mix(content.mix));
    if (content.note) body.append(make("small", content.note));
    element.append(body);
    return element;
  };

  const table = make("table");
  table.setAttribute("role", "table");
  table.append(make("caption", data.caption));
  const heading = make("tr");
  heading.setAttribute("role", "row");
  for (const column of data.columns) {
    const element = make("th", column.sorts ? "" : column.label, column.kind);
    element.setAttribute("role", "columnheader");
    element.scope = "col";
    if (column.sorts) {
      const isBy = data.sort.name === column.name;
      const arrow = isBy ? (data.sort.descending ? " ↓" : " ↑") : "";
      const button = make("button", column.label + arrow);
      button.dataset.name = column.name;
      button.onclick = () => setTriggerValue("sorted", column.name);
      if (isBy) element.setAttribute("aria-sort", data.sort.descending ? "descending" : "ascending");
      element.append(button);
    }
    heading.append(element);
  }
  const head = make("thead");
  head.setAttribute("role", "rowgroup");
  head.append(heading);

  const body = make("tbody");
  body.setAttribute("role", "rowgroup");
  for (const row of data.rows) {
    const line = make("tr", "", [row.look, row.href ? "opens" : ""].join(" ").trim());
    line.setAttribute("role", "row");
    line.append(...data.columns.map((column, place) => cell(column, row.cells[place], row)));
    if (row.href) line.onclick = () => open(row);
    body.append(line);
  }
  table.append(head, body);
  const scroll = make("div", "", "scroll");
  scroll.tabIndex = 0;
  scroll.setAttribute("role", "region");
  scroll.setAttribute("aria-label", data.caption);
  scroll.append(table);
  root.replaceChildren(scroll);
  if (focused) root.querySelector(`[data-name="${CSS.escape(focused)}"]`)?.focus();
}
