#!/usr/bin/python3
"""Opens a report page in headless Chromium, uses it as people would, and says what is wrong with it.

usage: html_check.py [--shots FOLDER] PAGE.html

Every check is a line of JavaScript that must be true. --shots keeps pictures of the page instead: at 1280 and 390
pixels, light and dark, and as a PDF. Exit status: 0 fine, 1 something is wrong.
"""
import base64
import json
import os
import select
import subprocess
import sys
import tempfile
import time
from pathlib import Path

TIMEOUT = 60  # seconds for each answer, on a busy machine


class Browser:
    """A tab of Chromium, by the DevTools protocol over two pipes: JSON messages that end in a zero byte."""

    def __init__(self, folder):
        to_browser, self.out = os.pipe()
        self.input, from_browser = os.pipe()

        def give_pipes():  # as descriptors 3 and 4, whatever they are here
            first, second = os.dup(to_browser), os.dup(from_browser)
            os.dup2(first, 3)
            os.dup2(second, 4)

        self.process = subprocess.Popen(
            ['chromium', '--headless=new', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--no-first-run',
             '--disable-extensions', '--disable-background-networking', '--disable-component-update', '--hide-scrollbars',
             '--lang=en-GB', f'--user-data-dir={folder}/profile', '--remote-debugging-pipe', 'about:blank'],
            env={**os.environ, 'HOME': folder}, close_fds=False, preexec_fn=give_pipes,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=open(f'{folder}/chromium.log', 'wb'))
        os.close(to_browser)
        os.close(from_browser)
        self.buffer, self.number, self.session, self.events = b'', 0, None, []
        targets = self.call('Target.getTargets')['targetInfos']
        page = next(one for one in targets if one['type'] == 'page')
        self.session = self.call('Target.attachToTarget', targetId=page['targetId'], flatten=True)['sessionId']
        for domain in ('Page', 'Runtime', 'Log', 'Network'):
            self.call(f'{domain}.enable')

    def message(self):
        deadline = time.monotonic() + TIMEOUT
        while b'\0' not in self.buffer:
            if not select.select([self.input], [], [], max(0, deadline - time.monotonic()))[0]:
                raise TimeoutError('Chromium does not answer')
            more = os.read(self.input, 1 << 20)
            if not more:
                raise EOFError('Chromium has ended')
            self.buffer += more
        one, self.buffer = self.buffer.split(b'\0', 1)
        return json.loads(one)

    def call(self, method, **parameters):
        self.number += 1
        request = {'id': self.number, 'method': method, 'params': parameters}
        if self.session:
            request['sessionId'] = self.session
        os.write(self.out, json.dumps(request).encode() + b'\0')
        while True:
            answer = self.message()
            if answer.get('id') == self.number:
                if 'error' in answer:
                    raise RuntimeError(f'{method}: {answer["error"]["message"]}')
                return answer['result']
            self.events.append(answer)

    def open(self, url):
        self.events.clear()
        self.call('Page.navigate', url=url)
        while not any(one.get('method') == 'Page.loadEventFired' for one in self.events):
            self.events.append(self.message())

    def value(self, expression):
        answer = self.call('Runtime.evaluate', expression=expression, returnByValue=True, awaitPromise=True)
        if 'exceptionDetails' in answer:
            raise RuntimeError(f'{expression}: {answer["exceptionDetails"].get("exception", {}).get("description")}')
        return answer['result'].get('value')

    def theme(self, width, theme, height=900):
        self.call('Emulation.setEmulatedMedia', features=[{'name': 'prefers-color-scheme', 'value': theme}])
        self.call('Emulation.setDeviceMetricsOverride', width=width, height=height, deviceScaleFactor=1, mobile=width < 600)

    def seen(self, *methods):
        return [one['params'] for one in self.events if one.get('method') in methods]

    def close(self):
        try:
            self.session = None
            self.call('Browser.close')
        except (OSError, EOFError, RuntimeError, TimeoutError):
            pass
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


# What the checks use. `column` reads the rows that are shown, `press` a sort button.
HELPERS = r'''
  var $ = (selector) => document.querySelector(selector);
  var $$ = (selector) => [...document.querySelectorAll(selector)];
  var heads = () => $$('#people-table thead th');
  var at = (name) => heads().findIndex((head) => head.textContent === name);
  var column = (name) => [...$('#people-table').tBodies[0].rows].filter((row) => !row.hidden)
    .map((row) => row.cells[at(name)].textContent);
  var press = (name) => { heads()[at(name)].querySelector('button').click(); return true; };
  var type = (id, text) => { const box = $(id); box.value = text; box.dispatchEvent(new Event('input')); return true; };
  var numbers = (name) => column(name).map(Number.parseFloat);
  var is_sorted = (list, sign) => list.every((one, i) => i === 0 || !(sign * (one - list[i - 1]) < 0));
'''

READING = r'''
  document.characterSet === 'UTF-8' && document.documentElement.lang === 'en' && document.compatMode === 'CSS1Compat'
  $$('h1').length === 1 && $$('main').length === 1 && $$('header').length === 1 && $$('nav').length === 1
  $$('h1,h2,h3,h4').map((h) => +h.tagName[1]).every((level, i, all) => i === 0 ? level === 1 : level <= all[i - 1] + 1)
  $$('table').length > 3 && $$('table').every((table) => table.caption?.textContent)
  $$('th').every((th) => th.scope === (th.closest('thead') ? 'col' : 'row'))
  $$('svg').every((svg) => svg.ariaHidden === 'true' || svg.getAttribute('role') === 'img' && svg.querySelector('title') && svg.querySelector('desc'))
  $$('svg[role=img]').length === 2 && $$('svg[role=img]').every((svg) => svg.getAttribute('aria-labelledby').split(' ').every((id) => document.getElementById(id)))
  new Set($$('[id]').map((one) => one.id)).size === $$('[id]').length
  $$('a[href]').every((a) => document.getElementById(decodeURIComponent(a.hash.slice(1))))
  $$('script').length === 1 && $$('img').length === 0 && $$('b').length === 0
  column('Name').includes('<script>alert(1)</script>')
  $$('.person h3').some((h) => h.textContent === '<script>alert(1)</script>')
  column('Name').includes("'=1+1")
  !document.body.textContent.match(/[\u2028\u2029\u202a-\u202e\u2066-\u2069]/)
  $$('rect.present').some((rect) => rect.getBoundingClientRect().height > 20)
  ['late', 'absent', 'excused'].every((one) => getComputedStyle($('rect.' + one)).fill.startsWith('url("#fill-') && $('#fill-' + one))
'''

USING = r'''
  !$('.tools').hidden && $$('.tools input, .tools select').every((one) => one.labels.length === 1)
  heads().every((head) => head.querySelector('button')?.type === 'button')
  heads().every((head) => !head.ariaSort)
  press('Rate') && heads()[at('Rate')].ariaSort === 'descending' && is_sorted(numbers('Rate').filter((n) => n >= 0), -1)
  column('Rate').at(-1) === '–'
  press('Rate') && heads()[at('Rate')].ariaSort === 'ascending' && is_sorted(numbers('Rate').filter((n) => n >= 0), 1)
  column('Rate').at(-1) === '–' && $$('[aria-sort]').length === 1
  press('Minutes late') && is_sorted(numbers('Minutes late'), -1) && new Set(numbers('Minutes late')).size > 3
  press('Name') && heads()[at('Name')].ariaSort === 'ascending' && column('Name').join() !== [...column('Name')].sort().reverse().join()
  column('Name').join() === [...column('Name')].sort(new Intl.Collator(undefined, { numeric: true }).compare).join()
  column('Name').length === $$('.person').length && $('#shown').textContent === `${$$('.person').length} of ${$$('.person').length} shown`
  type('#filter-text', 'JOSE nandu') && column('Name').join() === 'José Ñandú' && $$('.person:not([hidden])').length === 1
  type('#filter-text', '<script>') && column('Id').join() === 's1002' && $('#shown').textContent.startsWith('1 of ')
  type('#filter-text', 'nobody of this name') && column('Id').length === 0
  type('#filter-text', '') && column('Id').length === $$('.person').length
  $$('#filter-group option').map((one) => one.value).join() === ',<b>choir</b>,7a,7b'
  type('#filter-group', '<b>choir</b>') && column('Groups').length === $$('.person').length / 4 && column('Groups').every((one) => one.includes('<b>choir</b>'))
  type('#filter-rate', '90') && numbers('Rate').every((rate) => rate < 90)
  $('#filter-clear').click() === undefined && column('Id').length === $$('.person').length && $('#filter-rate').value === ''
  $('#people-table tbody a[href="#id-s1002"]').click() === undefined && $('.person:target h3').textContent === '<script>alert(1)</script>'
'''


def lines(checks):
    return [one.strip() for one in checks.strip().splitlines()]


def check(browser, url):
    wrong = []

    def expect(checks):
        for one in lines(checks):
            try:
                if browser.value(one) is not True:
                    wrong.append(f'is not so: {one}')
            except RuntimeError as error:
                wrong.append(str(error))

    for width in (1280, 390):
        for theme in ('light', 'dark'):
            browser.theme(width, theme)
            browser.open(url)
            browser.value(HELPERS)
            expect(READING)
            expect('document.documentElement.scrollWidth <= innerWidth')  # wide tables scroll in their own boxes
            expect("getComputedStyle(document.body).backgroundColor === '%s'" %
                   ('rgb(20, 23, 26)' if theme == 'dark' else 'rgb(244, 245, 247)'))
            expect(USING)
            wrong += [f'console: {one}' for one in browser.seen('Runtime.consoleAPICalled', 'Runtime.exceptionThrown',
                                                                'Log.entryAdded', 'Page.javascriptDialogOpening')]
            asked = [one['request']['url'] for one in browser.seen('Network.requestWillBeSent')]
            wrong += [f'network: {one[:200]}' for one in asked if one not in (url, 'data:,')]
            if url not in asked:
                wrong.append('network: requests are not seen')

    browser.call('Emulation.setScriptExecutionDisabled', value=True)
    browser.open(url)
    browser.value(HELPERS)
    expect(READING)
    expect("$('.tools').hidden && $$('button').every((one) => !one.checkVisibility())")
    browser.call('Emulation.setScriptExecutionDisabled', value=False)
    return wrong


def take_shots(browser, url, folder):
    for width in (1280, 390):
        for theme in ('light', 'dark'):
            browser.theme(width, theme)
            browser.open(url)
            height = browser.value('document.documentElement.scrollHeight')  # what is out of sight is not drawn
            browser.theme(width, theme, min(height, 8000))
            browser.value('new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))')
            shot = browser.call('Page.captureScreenshot')
            (folder / f'{width}-{theme}.png').write_bytes(base64.b64decode(shot['data']))
    printed = browser.call('Page.printToPDF', preferCSSPageSize=True, paperWidth=8.27, paperHeight=11.69)
    (folder / 'print.pdf').write_bytes(base64.b64decode(printed['data']))


def main():
    arguments = sys.argv[1:]
    shots = None
    if arguments[:1] == ['--shots']:
        shots = Path(arguments[1])
        arguments = arguments[2:]
    if len(arguments) != 1:
        sys.exit(__doc__)
    url = Path(arguments[0]).resolve().as_uri()
    wrong = []
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        browser = Browser(folder)
        try:
            if shots:
                take_shots(browser, url, shots)
            else:
                wrong = check(browser, url)
        finally:
            browser.close()
    for one in dict.fromkeys(wrong):  # at every width, once
        print(one)
    sys.exit(1 if wrong else 0)


main()
