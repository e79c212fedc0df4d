
(() => {
  'use strict';
  const table = document.getElementById('people-table');
  if (!table) return;
  const body = table.tBodies[0];
  const heads = [...table.tHead.rows[0].cells];
  const column = (name) => heads.findIndex((head) => head.dataset.column === name);
  const number = (text) => Number.parseFloat(text); // NaN where it is not known
  const plain = (text) => text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();

  const rows = [...body.rows].map((row) => {
    const groups = column('groups') < 0 ? [] : [...row.cells[column('groups')].children].map((one) => one.textContent);
    return {
      row,
      groups,
      section: document.getElementById(decodeURIComponent(row.querySelector('a').hash.slice(1))),
      text: plain([row.cells[column('name')].textContent, row.cells[column('id')].textContent, ...groups].join('\n')),
      rate: number(row.cells[column('rate')].textContent),
    };
  });

  // Sorting: what is not known comes last, either way.
  const collator = new Intl.Collator(undefined, { numeric: true });
  const compare = (a, b, isNumber) => {
    if (!isNumber) return collator.compare(a, b);
    return number(a) - number(b);
  };
  const sort = (index) => {
    const head = heads[index];
    const isNumber = head.classList.contains('number');
    const before = head.getAttribute('aria-sort');
    const isUp = before ? before === 'descending' : !isNumber; // numbers: the highest first
    for (const other of heads) other.removeAttribute('aria-sort');
    head.setAttribute('aria-sort', isUp ? 'ascending' : 'descending');
    const keyed = rows.map(({ row }) => ({ row, key: row.cells[index].textContent }));
    const isKnown = ({ key }) => key !== '–';
    const known = keyed.filter(isKnown).sort((a, b) => compare(a.key, b.key, isNumber) * (isUp ? 1 : -1));
    const sorted = document.createDocumentFragment();
    for (const { row } of known.concat(keyed.filter((one) => !isKnown(one)))) sorted.append(row);
    body.append(sorted);
  };
  heads.forEach((head, index) => {
    const button = document.createElement('button');
    button.type = 'button';
    button.append(...head.childNodes);
    button.addEventListener('click', () => sort(index));
    head.append(button);
  });

  // Filtering: of the table and the people's own parts.
  const text = document.getElementById('filter-text');
  const group = document.getElementById('filter-group');
  const rate = document.getElementById('filter-rate');
  const filter = () => {
    const wanted = plain(text.value.trim());
    const below = number(rate.value);
    let shown = 0;
    for (const one of rows) {
      const isShown = one.text.includes(wanted) && (!group || !group.value || one.groups.includes(group.value)) &&
        (Number.isNaN(below) || one.rate < below);
      one.row.hidden = !isShown;
      if (one.section) one.section.hidden = !isShown;
      shown += isShown;
    }
    document.getElementById('shown').textContent = `${shown} of ${rows.length} shown`;
  };
  if (group) {
    for (const name of [...new Set(rows.flatMap((one) => one.groups))].sort(collator.compare)) group.add(new Option(name));
  }
  for (const input of [text, group, rate]) input?.addEventListener('input', filter);
  document.getElementById('filter-clear').addEventListener('click', () => {
    for (const input of [text, group, rate]) if (input) input.value = '';
    filter();
  });
  filter();
  document.querySelector('.tools').hidden = false;
})();
