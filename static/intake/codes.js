/* Short codes for wristbands and slips: AC-1021-7. The shelter's letters, one digit for the tablet, three that it counts, one that checks
   (ISO/IEC 7064, MOD 11,10): each wrong digit and nearly every two that changed places are noticed. Tablets of one shelter need not know of each other:
   where two gave out the same one, the server gives another to one of the households, and the old one still finds it. */

export function shortCode(letters, device, count) {
  const number = `${device % 10}${String(count % 1000).padStart(3, "0")}`;
  return `${letters}-${number}-${check(letters + number)}`;
}

/* Whether a household goes by this code: its own, or one that stands on another slip of it. */
export function goesBy(home, code) {
  return home?.values.code === code || Boolean(home?.codes?.includes(code));
}

/* A code as it was typed or read, in its one form; null for what is none. */
export function readCode(text) {
  const found = /^([A-Z2-9]{2,3})-?(\d{4})-?(\d)$/.exec(text.normalize("NFKC").toUpperCase().replace(/[\s‐−ー]/g, (sign) => (sign.trim() ? "-" : "")));
  return found && check(found[1] + found[2]) === Number(found[3]) ? `${found[1]}-${found[2]}-${found[3]}` : null;
}

function check(text) {
  let rest = 10;
  for (const letter of text) {
    const digits = /\d/.test(letter) ? letter : String(letter.charCodeAt(0) - 55);
    for (const digit of digits) {
      rest = (rest + Number(digit)) % 10 || 10;
      rest = (rest * 2) % 11;
    }
  }
  return (11 - rest) % 10;
}
