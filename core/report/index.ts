export { barChart } from './bars';
export { formatBytes, formatCount, formatDuration, formatMetric, formatShare, formatUsd } from './format';
export { escapeHtml, htmlPage, htmlTable } from './html';
export { renderTable, type TableColumn, widthOf } from './table';
