// Offers colleagues while somebody types whom to put in copy.
import { Menu } from "./menu.js";

class ColleagueMenu extends Menu {
  called() { return this.named(); }

  async find({ words }) {
    const query = new URLSearchParams({ q: words });
    const answer = await fetch(`${this.field.dataset.colleagues}?${query}`, { headers: { Accept: "application/json" } });
    if (!answer.ok) return [];
    return (await answer.json()).people.map((one) => ({ label: one.name, hint: one.email, group: "", text: `${one.name} <${one.email}>, ` }));
  }
}

for (const field of document.querySelectorAll("[data-colleagues]")) new ColleagueMenu(field, "Colleagues");
