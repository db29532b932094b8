// Keys for the review desk. Everything they do can be done with links and buttons; without this file nothing is lost.
"use strict";

const inField = (target) => target.closest("input:not([type=radio]), textarea, select") !== null;

const items = () => [...document.querySelectorAll("[data-item]")];

const move = (step) => {
  const list = items();
  const at = list.indexOf(document.activeElement);
  const next = list[Math.min(list.length - 1, Math.max(0, at + step))];
  if (next) next.focus();
};

const follow = (selector) => {
  const link = document.querySelector(selector);
  if (link) link.click();
};

const toggleText = () => {
  const veil = document.querySelector("[data-veil]");
  if (veil) veil.open = !veil.open;
  return veil !== null;
};

const actions = {
  j: () => (items().length ? move(1) : follow("[data-next]")),
  k: () => move(-1),
  b: () => follow("[data-back]"),
  u: () => follow(".banner a"),
  r: () => document.querySelector("[name=reason]")?.focus(),
  "?": () => { window.location.href = "/keys"; },
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || inField(event.target)) return;
  if (event.key === " " && !event.target.closest("button, summary, a, input") && toggleText()) {
    event.preventDefault();
    return;
  }
  if (/^[1-4]$/.test(event.key)) {
    follow(`[data-key="${event.key}"]`);
    return;
  }
  actions[event.key]?.();
});
