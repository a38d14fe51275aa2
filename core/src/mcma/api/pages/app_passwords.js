"use strict";
(() => {
  const api = document.body.dataset.root + "/api/v1/";
  const form = document.querySelector("form"), output = document.querySelector("output");
  const section = document.querySelector("section"), list = section.querySelector("ul");

  async function ask(method, path, token, body) {
    const headers = {"Content-Type": "application/json"};
    if (token) headers.Authorization = "Bearer " + token;
    const answer = await fetch(api + path, {method, headers, body: body && JSON.stringify(body)});
    const content = answer.status === 204 ? null : await answer.json();
    if (!answer.ok) throw new Error(content.detail);
    return content;
  }

  function tell(text, strong, bad) {
    const line = document.createElement("p");
    line.append(text);
    if (strong) line.append(Object.assign(document.createElement("strong"), {textContent: strong}));
    output.replaceChildren(line);
    output.className = bad ? "bad" : "";
    output.hidden = false;
  }

  async function show(token) {
    const {items} = await ask("GET", "users/me/app-passwords", token);
    list.replaceChildren(...items.map(one => {
      const line = document.createElement("li"), end = document.createElement("button");
      const used = one.last_used_at
        ? "last used " + new Date(one.last_used_at).toLocaleString() + " by " + (one.last_client || "an app")
        : "never used";
      line.append(one.name + ", " + used + " ");
      end.textContent = "Take back";
      const sure = () => confirm("Take back “" + one.name + "”? What uses it cannot log in any more.");
      end.onclick = () => sure() && attempt(async () => {
        await ask("DELETE", "users/me/app-passwords/" + one.id, token);
        await show(token);
        tell("What used “" + one.name + "” cannot log in any more.");
      });
      line.append(end);
      return line;
    }));
    section.hidden = !items.length;
  }

  async function attempt(work) {
    try { await work(); } catch (error) { tell(error.message, "", true); }
  }

  form.hidden = false;
  form.onsubmit = event => {
    event.preventDefault();
    attempt(async () => {
      const {username, password, device} = Object.fromEntries(new FormData(form));
      const login = await ask("POST", "auth/login", null, {username, password, client: "Help page"});
      form.elements.password.value = "";
      try {
        const made = await ask("POST", "users/me/app-passwords", login.access_token, {name: device});
        tell("The app password for “" + device + "”, shown this once: ", made.password);
      } catch (error) { tell(error.message, "", true); }
      await show(login.access_token);
      await ask("POST", "auth/logout", null, {refresh_token: login.refresh_token});
    });
  };
})();
