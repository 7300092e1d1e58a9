// SPDX-License-Identifier: Apache-2.0
// The table of connections and their timelines. All text goes in as textContent: names in it come from the traced host.
'use strict';
(() => {
  const PAGE = 100;
  const data = JSON.parse(document.getElementById('data').textContent);
  const words = data.words;
  const [ID, LOCAL, REMOTE, LEG, STATE, VERDICT, CERTAINTY, SEVERITY, FINAL, NS, AT_LEAST, FIRST, FIN, HOLDER, FINDINGS, STORY] =
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15];
  const WORDS = [STATE, VERDICT, CERTAINTY, SEVERITY, FIRST, FIN, HOLDER, FINDINGS];
  const columns = [
    { title: 'Connection', key: row => row[LOCAL] + ' ' + row[REMOTE] },
    { title: 'State', key: row => words[row[STATE]] },
    { title: 'Verdict', key: row => words[row[VERDICT]] },
    { title: 'Stands', key: row => row[FINAL] ? row[NS] - 1e15 : row[NS] },
    { title: 'Closed first', key: row => words[row[FIRST]] },
    { title: "Peer's FIN", key: row => words[row[FIN]] },
    { title: 'Holder', key: row => words[row[HOLDER]] },
  ];

  const find = id => document.getElementById(id);
  const table = find('table'), body = table.tBodies[0], search = find('search'), select = find('verdict');
  const count = find('count'), more = find('more');
  let matching = data.rows, shown = 0, sorted = -1, descending = false;
  const texts = new Array(data.rows.length);

  function element(tag, text, className) {
    const made = document.createElement(tag);
    if (text !== undefined) made.textContent = text;
    if (className) made.className = className;
    return made;
  }

  function duration(ms) {
    if (ms < 1000) return ms + ' ms';
    return ms < 600000 ? (ms / 1000).toFixed(1) + ' s' : Math.floor(ms / 60000) + ' min';
  }

  /** When, in the words of the table: how long it has stood at the end, or how long after the beginning it ended. */
  function when(row) {
    return row[FINAL] ? 'over, judged ' + duration(row[NS]) + ' after the start'
      : 'for ' + (row[AT_LEAST] ? 'at least ' : '') + duration(row[NS]);
  }

  function text(index) {
    if (!texts[index]) {
      const row = data.rows[index];
      texts[index] = [row[ID], row[LOCAL], row[REMOTE], row[LEG]].concat(WORDS.map(field => words[row[field]]), row[FINAL] ? 'over' : 'stands')
        .join(' ').toLowerCase();
    }
    return texts[index];
  }

  function filter() {
    const wanted = search.value.toLowerCase().split(/\s+/).filter(word => word);
    const verdict = select.value;
    matching = data.rows.filter((row, index) => (!verdict || words[row[VERDICT]] === verdict)
      && wanted.every(word => text(index).includes(word)));
    if (sorted >= 0) {
      const key = columns[sorted].key, sign = descending ? -1 : 1;
      const keyed = matching.map((row, index) => ({ row, index, key: key(row) }));
      keyed.sort((a, b) => (a.key < b.key ? -sign : a.key > b.key ? sign : a.index - b.index));
      matching = keyed.map(one => one.row);
    }
    body.replaceChildren();
    shown = 0;
    page();
  }

  function page() {
    const until = Math.min(matching.length, shown + PAGE);
    const rows = document.createDocumentFragment();
    for (; shown < until; shown++) rows.append(line(matching[shown]));
    body.append(rows);
    count.textContent = matching.length.toLocaleString('en') + ' of ' + data.rows.length.toLocaleString('en') + ' connections match';
    more.hidden = shown === matching.length;
    more.textContent = 'Show more: ' + (matching.length - shown).toLocaleString('en') + ' more match';
  }

  function cell(row, label, content, sub) {
    const made = element('td');
    if (content) {
      made.dataset.label = label;
      made.append(content);
      if (sub) made.append(document.createElement('br'), element('span', sub, 'sub'));
    }
    row.append(made);
    return made;
  }

  function line(row) {
    const made = element('tr');
    const open = element('button', row[LOCAL] + ' > ' + row[REMOTE], 'open');
    open.type = 'button';
    open.setAttribute('aria-expanded', 'false');
    open.addEventListener('click', () => toggle(made, open, row));
    cell(made, '', open, 'socket ' + row[ID]);
    cell(made, 'state', words[row[STATE]]);
    const certainty = words[row[CERTAINTY]];
    cell(made, '', element('span', words[row[VERDICT]], 'badge ' + words[row[SEVERITY]]),
      [certainty === 'certain' ? '' : certainty, words[row[FINDINGS]]].filter(word => word).join(', '));
    cell(made, 'stands', when(row));
    cell(made, 'closed first', words[row[FIRST]]);
    cell(made, "peer's FIN", words[row[FIN]]);
    cell(made, 'holder', words[row[HOLDER]]);
    return made;
  }

  function toggle(line, open, row) {
    const isOpen = open.getAttribute('aria-expanded') === 'true';
    open.setAttribute('aria-expanded', String(!isOpen));
    if (isOpen) {
      line.nextSibling.remove();
      return;
    }
    const detail = element('tr', undefined, 'detail');
    const inside = element('td');
    inside.colSpan = columns.length;
    inside.append(story(row));
    detail.append(inside);
    line.after(detail);
  }

  function story(row) {
    const made = element('div', undefined, 'story');
    const told = data.stories[row[STORY]];
    if (!told) {
      made.append(element('p', 'Its timeline is not in this file, which has room for ' + data.stories.length.toLocaleString('en')
        + ' stories. To have it told:'), element('p', 'fintrail explain ' + data.journal + ' ' + row[ID], 'mono'));
      return made;
    }
    const [head, timeline, doubts, verdict, says] = told;
    const list = element('dl');
    for (const [name, what] of head) {
      list.append(element('dt', words[name]), element('dd', words[what]));
    }
    made.append(list, times(timeline));
    if (words[verdict]) made.append(element('h3', words[verdict]));
    for (const sentence of says) made.append(element('p', words[sentence]));
    if (doubts.length) {
      const doubted = element('ul');
      for (const doubt of doubts) doubted.append(element('li', words[doubt]));
      made.append(element('h3', 'What is not certain'), doubted);
    }
    return made;
  }

  function times(timeline) {
    const isPair = timeline.some(([, mark]) => words[mark]);
    const made = element('ol', undefined, isPair ? 'timeline pair' : 'timeline');
    for (const [time, mark, what] of timeline) {
      const says = words[what];
      const entry = element('li', undefined, says.startsWith('... ') ? 'quiet' : says.startsWith('!!! ') ? 'lost' : '');
      entry.append(element('time', time));
      if (isPair) entry.append(element('span', words[mark], 'leg ' + words[mark]));
      entry.append(element('span', says, 'says'));
      made.append(entry);
    }
    return made;
  }

  /** #socket-47.1 opens that connection. */
  function follow() {
    const asked = /^#socket-(\d+\.\d+)$/.exec(location.hash);
    if (!asked) return;
    search.value = asked[1];
    select.value = '';
    filter();
    while (!more.hidden) page();
    const open = body.querySelectorAll('.open')[matching.findIndex(row => row[ID] === asked[1])];
    if (open) {
      open.click();
      open.focus();
      find('connections').scrollIntoView();
    }
  }

  columns.forEach((column, index) => {
    const heading = element('th');
    heading.scope = 'col';
    const sort = element('button', column.title);
    sort.type = 'button';
    sort.addEventListener('click', () => {
      descending = sorted === index && !descending;
      sorted = index;
      for (const other of table.tHead.rows[0].cells) other.removeAttribute('aria-sort');
      heading.setAttribute('aria-sort', descending ? 'descending' : 'ascending');
      filter();
    });
    heading.append(sort);
    table.tHead.rows[0].append(heading);
  });
  for (const verdict of [...new Set(data.rows.map(row => words[row[VERDICT]]))].sort()) {
    const option = element('option', verdict);
    option.value = verdict;
    select.append(option);
  }
  let waiting = 0;
  search.addEventListener('input', () => {
    clearTimeout(waiting);
    waiting = setTimeout(filter, 80);
  });
  select.addEventListener('change', filter);
  search.form.addEventListener('submit', event => event.preventDefault());
  more.addEventListener('click', page);
  addEventListener('hashchange', follow);
  search.form.hidden = table.hidden = false;
  filter();
  follow();
})();
