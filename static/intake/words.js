/* The words that the server put into the page, and the few signs that only this page needs. */

export const words = JSON.parse(document.getElementById("words").textContent);

/* One letter in a circle is read without a colour, without a font of pictures, from an arm's length. */
export const CARE_SIGNS = {
  elderly: "高", nursing: "介", physical: "身", intellectual: "知", mental: "心", developmental: "発", sight: "目", hearing: "耳",
  internal: "内", device: "電", pregnant: "妊", infant: "乳", injured: "傷", allergy: "ア", language: "語", service_dog: "犬",
  single_parent: "親", other: "他",
};
export const CONSENT = [["relatives", "親族"], ["acquaintances", "知人"], ["posting", "掲示"]];
export const PETS = ["犬", "猫", "その他"];
export const EXITS = ["home", "car", "relatives", "other_shelter", "hospital", "facility", "elsewhere", "unknown"];
export const PLACES = [["shelter", "この避難所"], ["car", "車の中"], ["home", "自宅"], ["relatives", "親戚・知人宅"]];

export function call() {
  return `${words.headquarters.name} ${words.headquarters.phone}`;
}
