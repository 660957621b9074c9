#!/usr/bin/env python3
"""Shows mails in a browser, as a phone and a desk show them, light and dark, and measures them.

    mail_in_browser.py [--screenshots DIR] MAIL.eml...

Prints one JSON object for each mail, width and colour scheme, as a list:
  mail, width, scheme, overflow (CSS pixels that one would have to scroll sideways), images (natural
  and shown width), least_contrast (of all text against what is behind it, WCAG 2) with its text,
  least_font (CSS pixels), background (relative luminance).
The browser loads nothing from anywhere: pictures come out of the mail itself.
"""
import argparse
import base64
import email
import email.policy
import html
import json
import os
import re
import subprocess
import sys
import tempfile

WIDTHS = (360, 1024)
SCHEMES = {"dark": 0, "light": 1}  # as the browser numbers them
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
         "--disable-background-networking", "--disable-component-update", "--disable-dev-shm-usage",
         "--hide-scrollbars", "--force-device-scale-factor=1"]

MEASURE = r"""
function luminance(c) {
  const f = v => { v /= 255; return v <= 0.03928 ? v / 12.92 : Math.pow((v + 0.055) / 1.055, 2.4); };
  return 0.2126 * f(c[0]) + 0.7152 * f(c[1]) + 0.0722 * f(c[2]);
}
function parse(text) {
  const n = text.match(/[\d.]+/g).map(Number);
  return [n[0], n[1], n[2], n.length > 3 ? n[3] : 1];
}
function blend(over, under, alpha) { return [0, 1, 2].map(i => over[i] * alpha + under[i] * (1 - alpha)); }
function measure(frame) {
  const doc = frame.contentDocument, view = frame.contentWindow;
  const probe = doc.createElement('div');
  probe.style.backgroundColor = 'Canvas';
  doc.body.appendChild(probe);
  const canvas = parse(view.getComputedStyle(probe).backgroundColor);
  probe.remove();
  let least = {ratio: 99, text: ''}, font = 99;
  for (const element of doc.body.querySelectorAll('*')) {
    const text = [...element.childNodes].filter(n => n.nodeType === 3).map(n => n.data.trim()).join('');
    if (!text) continue;
    const style = view.getComputedStyle(element);
    let opacity = 1, background = null;
    for (let e = element; e; e = e.parentElement) {
      const s = view.getComputedStyle(e);
      opacity *= Number(s.opacity);
      const b = parse(s.backgroundColor);
      if (!background && b[3] > 0) background = b;
    }
    background = background || canvas;
    const colour = parse(style.color);
    const shown = blend(colour, background, colour[3] * opacity);
    const [a, b] = [luminance(shown), luminance(background)].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    if (ratio < least.ratio) least = {ratio, text: text.slice(0, 60)};
    font = Math.min(font, parseFloat(style.fontSize));
  }
  const root = doc.documentElement;
  return {mail: frame.dataset.mail, width: Number(frame.dataset.width),
          overflow: Math.max(root.scrollWidth, doc.body.scrollWidth) - root.clientWidth,
          images: [...doc.images].map(i => ({natural: i.naturalWidth, shown: i.getBoundingClientRect().width})),
          least_contrast: least.ratio, least_contrast_text: least.text, least_font: font,
          background: luminance(canvas), height: root.scrollHeight};
}
window.addEventListener('load', () => {
  const found = [...document.querySelectorAll('iframe')].map(measure);
  for (const frame of document.querySelectorAll('iframe')) {
    frame.style.height = found.find(f => f.mail === frame.dataset.mail && f.width == frame.dataset.width).height + 'px';
  }
  document.getElementById('found').textContent = JSON.stringify(found);
});
"""


def page_of(path):
    """The HTML form of a mail with its pictures in it; whatever it lacks shows in the browser."""
    with open(path, "rb") as file:
        message = email.message_from_bytes(file.read(), policy=email.policy.default)
    pictures = {}
    for part in message.walk():
        if part["content-id"]:
            data = base64.b64encode(part.get_payload(decode=True)).decode()
            pictures[part["content-id"].strip("<> ")] = f"data:{part.get_content_type()};base64,{data}"
    text = message.get_body(preferencelist=("html",)).get_content()
    return re.sub(r"cid:([^\"]+)", lambda found: pictures.get(found[1], ""), text)


def host_page(mails, widths=WIDTHS):
    frames = "".join(
        f'<iframe data-mail="{html.escape(os.path.basename(path))}" data-width="{width}" style="width:{width}px;'
        f'height:900px;border:0;display:block" srcdoc="{html.escape(page_of(path))}"></iframe>'
        for path in mails for width in widths)
    return ('<!DOCTYPE html><html><head><meta charset="utf-8"><meta name="color-scheme" content="light dark">'
            f'<script>{MEASURE}</script></head><body>{frames}<pre id="found"></pre></body></html>')


def browse(page, scheme, *flags):
    with tempfile.TemporaryDirectory() as directory:
        path = os.path.join(directory, "page.html")
        with open(path, "w", encoding="utf-8") as file:
            file.write(page)
        command = ["chromium", *FLAGS, f"--user-data-dir={directory}/profile",
                   f"--blink-settings=preferredColorScheme={SCHEMES[scheme]}", *flags, f"file://{path}"]
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=120, check=False)
    if done.returncode != 0:
        sys.exit(f"chromium: {done.stderr.decode(errors='replace')[-2000:]}")
    return done.stdout.decode()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--screenshots", metavar="DIR", help="also write a picture of each, for people")
    parser.add_argument("mails", nargs="+", metavar="MAIL.eml")
    options = parser.parse_args()
    page = host_page(options.mails)
    results = []
    for scheme in SCHEMES:
        dom = browse(page, scheme, "--dump-dom")
        found = re.search(r'<pre id="found">(.*?)</pre>', dom, re.S)
        if not found or not found[1]:
            sys.exit("the page has measured nothing")
        results += [{**one, "scheme": scheme} for one in json.loads(html.unescape(found[1]))]
        if options.screenshots:
            for path in options.mails:
                name = os.path.splitext(os.path.basename(path))[0]
                for width in WIDTHS:
                    browse(host_page([path], (width,)), scheme, f"--screenshot={options.screenshots}/{name}-{width}-{scheme}.png",
                           f"--window-size={max(width, 520)},2600")
    json.dump(results, sys.stdout, indent=1)


if __name__ == "__main__":
    main()
