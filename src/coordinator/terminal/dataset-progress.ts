import { styleText } from 'node:util';
import { SingleBar } from 'cli-progress';
import type { DatasetProgress } from '../dataset/dataset-options.ts';
import type { DatasetListeners } from '../training-setup.ts';

/** Shows the fetching of the data set: a bar for each file on a terminal, one line for each source elsewhere. */
export function showDatasetProgress(stream: NodeJS.WriteStream): DatasetListeners & { done(): void } {
  let bar: SingleBar | undefined;
  let shownFile = '';
  let shownSource = '';
  const done = () => {
    bar?.stop();
    bar = undefined;
  };
  return {
    onNotice: (text) => {
      done();
      stream.write(`${styleText('yellow', 'note:', { stream })} ${text}\n`);
    },
    onProgress: (progress) => {
      if (progress.source !== shownSource) {
        done();
        shownSource = progress.source;
        stream.write(`Fetching FashionMNIST from ${progress.source}\n`);
      }
      if (!stream.isTTY) return;
      if (progress.file !== shownFile) {
        done();
        shownFile = progress.file;
        bar = startBar(stream, progress);
      }
      bar?.update(progress.receivedBytes);
    },
    done,
  };
}

/** Without a known total there is nothing to fill: the bar is then the name alone. */
function startBar(stream: NodeJS.WriteStream, progress: DatasetProgress): SingleBar {
  const { file, totalBytes } = progress;
  const bar = new SingleBar({
    format: totalBytes === undefined ? '  {file} …' : '  {file} {bar} {percentage} %',
    barsize: 30,
    barCompleteChar: '━',
    barIncompleteChar: ' ',
    hideCursor: true,
    stream,
  });
  bar.start(totalBytes ?? 1, 0, { file: file.padEnd(28) });
  return bar;
}
