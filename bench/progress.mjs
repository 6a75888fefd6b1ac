/** One line that says what is running, on a terminal; nothing elsewhere. */
export function progressLine(stream = process.stderr) {
  const clear = () => stream.isTTY && stream.clearLine(0) && stream.cursorTo(0);
  return {
    clear,
    show: (text) => {
      if (!stream.isTTY) return;
      clear();
      stream.write(text.slice(0, stream.columns - 1));
    },
  };
}
