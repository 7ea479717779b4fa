// The browser of segments: filters and orders what the page holds as data, and draws alignments when asked.
'use strict';
(() => {
  const source = document.getElementById('segments');
  const browser = document.getElementById('browser');
  if (!source || !browser) return;
  const data = JSON.parse(source.textContent);
  const PAGE = 20;

  const anyBaseline = data.results.some((result) => result.segments.some((segment) => segment.gains.some((points) => points !== null)));
  const anyChange = data.results.some((result) => result.segments.some((segment) => segment.changed));
  const flags = [...new Set(data.results.flatMap((result) => result.segments.flatMap((segment) => segment.flags)))].sort();

  const state = {result: 0, metric: 0, show: anyChange ? 'changed' : 'all', order: anyChange ? 'loss' : 'low', text: '', shown: PAGE};
  // What a reader is after: the first regression, else the first result that changed.
  const regression = data.results.findIndex((result) => result.regression);
  const change = data.results.findIndex((result) => result.segments.some((segment) => segment.changed));
  state.result = Math.max(regression >= 0 ? regression : change, 0);

  function make(name, attributes = {}, ...children) {
    const element = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    element.append(...children);
    return element;
  }

  function choice(name, key, options) {
    const select = make('select', {name: key}, ...options.map(([value, text]) => make('option', {value}, text)));
    select.value = String(state[key]);
    select.addEventListener('change', () => {
      state[key] = typeof state[key] === 'number' ? Number(select.value) : select.value;
      state.shown = PAGE;
      draw();
    });
    return make('label', {}, name, select);
  }

  // What the words on a card say, for searching; made when it is first needed.
  function textOf(segment) {
    if (segment.text === undefined) {
      const holder = document.createElement('template');
      holder.innerHTML = segment.card;
      segment.text = [...holder.content.querySelectorAll('dd')].map((dd) => dd.textContent).join('\n').toLowerCase();
    }
    return segment.text;
  }

  const shows = {
    all: () => true,
    changed: (segment) => segment.changed,
    worse: (segment) => segment.gains[state.metric] < 0,
    better: (segment) => segment.gains[state.metric] > 0,
    flagged: (segment) => segment.flags.length > 0,
  };
  for (const flag of flags) shows[`flag ${flag}`] = (segment) => segment.flags.includes(flag);

  // How good a segment is, whichever way its metric counts.
  const quality = (segment) => (data.metrics[state.metric].lowerIsBetter ? -1 : 1) * segment.scores[state.metric];
  const gain = (segment) => segment.gains[state.metric] ?? 0;
  const orders = {
    line: () => 0,
    loss: (a, b) => gain(a) - gain(b),
    gain: (a, b) => gain(b) - gain(a),
    low: (a, b) => quality(a) - quality(b),
    high: (a, b) => quality(b) - quality(a),
    longest: (a, b) => b.words - a.words,
    ratio: (a, b) => Math.abs(Math.log(b.ratio || 1e-3)) - Math.abs(Math.log(a.ratio || 1e-3)),
  };

  const SVG = 'http://www.w3.org/2000/svg';
  function svgElement(name, attributes, text) {
    const element = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    if (text !== undefined) element.textContent = text;
    return element;
  }

  // Attention of each target token (rows) over the source tokens (columns).
  function heatmap({source: columns, target: rows, weights}) {
    const cell = 18;
    const longest = (tokens) => Math.max(...tokens.map((token) => [...token].length)) * 7 + 10;
    const left = longest(rows);
    const top = longest(columns);
    const width = left + columns.length * cell + 4;
    const height = top + rows.length * cell + 4;
    const svg = svgElement('svg', {width, height, viewBox: `0 0 ${width} ${height}`, role: 'img', 'aria-label': 'attention of target tokens over source tokens'});
    columns.forEach((token, x) => {
      const at = `${left + x * cell + cell / 2 + 4} ${top - 6}`;
      svg.append(svgElement('text', {transform: `translate(${at}) rotate(-90)`}, token));
    });
    rows.forEach((token, y) => {
      svg.append(svgElement('text', {x: left - 6, y: top + y * cell + cell / 2 + 4, 'text-anchor': 'end'}, token));
      columns.forEach((from, x) => {
        const at = (y * columns.length + x) * 3;
        const weight = Number(weights.slice(at, at + 3)) / 999;
        const rect = svgElement('rect', {x: left + x * cell, y: top + y * cell, width: cell - 1, height: cell - 1, 'fill-opacity': 0.05 + 0.95 * weight});
        rect.append(svgElement('title', {}, `${token} – ${from}: ${weight.toFixed(2)}`));
        svg.append(rect);
      });
    });
    return make('div', {class: 'heat'}, svg);
  }

  function card(segment) {
    const holder = document.createElement('template');
    holder.innerHTML = segment.card;
    const article = holder.content.firstElementChild;
    if (segment.attention) {
      const button = make('button', {type: 'button', 'aria-expanded': 'false'}, 'Alignment');
      button.addEventListener('click', () => {
        const open = article.querySelector('.heat');
        if (open) open.remove();
        else article.append(heatmap(segment.attention));
        button.setAttribute('aria-expanded', String(!open));
      });
      article.firstElementChild.append(button);
    }
    return article;
  }

  const count = make('p', {class: 'count', role: 'status'});
  const list = make('div', {id: 'list'});
  const more = make('button', {type: 'button', class: 'more'}, 'Show more');
  more.addEventListener('click', () => {
    state.shown += PAGE;
    draw();
  });

  function draw() {
    const segments = data.results[state.result].segments;
    const words = state.text.toLowerCase();
    const found = segments
      .filter((segment) => shows[state.show](segment) && (words === '' || textOf(segment).includes(words)))
      .sort(orders[state.order]);
    const shown = found.slice(0, state.shown);
    list.replaceChildren(...shown.map(card));
    count.textContent = found.length === 0 ? 'No segment is like this.' :
      `${found.length} of ${segments.length} segments${shown.length < found.length ? `, the first ${shown.length} shown` : ''}`;
    more.hidden = shown.length === found.length;
  }

  const showOptions = [['all', 'all']];
  if (anyBaseline) showOptions.push(['changed', 'changed'], ['worse', 'worse'], ['better', 'better']);
  if (flags.length > 0) showOptions.push(['flagged', 'flagged'], ...flags.map((flag) => [`flag ${flag}`, `flagged: ${flag}`]));
  const orderOptions = [['low', 'lowest score'], ['high', 'highest score'], ['longest', 'longest'], ['ratio', 'oddest length'], ['line', 'as in the file']];
  if (anyBaseline) orderOptions.unshift(['loss', 'largest loss'], ['gain', 'largest gain']);

  const search = make('input', {type: 'search', name: 'text', placeholder: 'in any text'});
  search.addEventListener('input', () => {
    state.text = search.value;
    state.shown = PAGE;
    draw();
  });

  const controls = make('div', {class: 'controls'},
    choice('Result', 'result', data.results.map((result, i) => [String(i), result.name])),
    choice('Show', 'show', showOptions),
    choice('Order', 'order', orderOptions),
    choice('By', 'metric', data.metrics.map((metric, i) => [String(i), metric.name])),
    make('label', {}, 'Search', search));
  browser.append(controls, count, list, more);
  browser.hidden = false;
  document.getElementById('picks').hidden = true;
  draw();
})();
