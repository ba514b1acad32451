"use strict";

/* Modules do not load from files or in browsers without them; this script says so. */
(() => {
  const say = (text) => {
    const answer = document.getElementById("answer");
    answer.textContent = text;
    answer.className = "bad";
  };
  if (location.protocol === "file:") {
    say("Open this page through a web server, for example with “python -m http.server” in its"
      + " folder: browsers do not load maps from files.");
  } else if (!window.maplibregl || !window.pmtiles) {
    say("The folder “assets” of this page is incomplete: publish the map again.");
  } else if (!("noModule" in HTMLScriptElement.prototype)) {
    say("This browser is too old for the map.");
  }
})();
