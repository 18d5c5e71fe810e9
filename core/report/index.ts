export { formatBytes, formatCount, formatDuration, formatMetric, formatUsd } from './format';
export { renderTable, type TableColumn, widthOf } from './table';
