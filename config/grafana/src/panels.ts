import {
  BigValueGraphMode,
  LegendDisplayMode,
  LegendPlacement,
  ReduceDataOptionsBuilder,
  SortOrder,
  StackingConfigBuilder,
  StackingMode,
  TooltipDisplayMode,
  VizLegendOptionsBuilder,
  VizTooltipOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common';
import { ThresholdsConfigBuilder, ThresholdsMode } from '@grafana/grafana-foundation-sdk/dashboard';
import type { DataqueryBuilder } from '@grafana/grafana-foundation-sdk/prometheus';
import { PanelBuilder as StatBuilder } from '@grafana/grafana-foundation-sdk/stat';
import { PanelBuilder as CurvesBuilder } from '@grafana/grafana-foundation-sdk/timeseries';
import { pickedDatasource } from './variables.ts';

/** What every panel has. */
export interface PanelContent {
  title: string;
  /** What the viewer can tell from it. */
  description: string;
  /** Of Grafana's: `s`, `percentunit`. */
  unit: string;
  /** In columns, of 24. */
  width: number;
  queries: readonly DataqueryBuilder[];
}

/** Height of a line of curves, and of a line of single numbers, in units of Grafana's grid. */
const curvesHeight = 8;
export const statHeight = 4;

/** Curves over time, each with its last value in the legend. */
export function curves(content: PanelContent): CurvesBuilder {
  return new CurvesBuilder()
    .title(content.title)
    .description(content.description)
    .datasource(pickedDatasource)
    .targets(numbered(content.queries))
    .unit(content.unit)
    .span(content.width)
    .height(curvesHeight)
    .lineWidth(1)
    .fillOpacity(0)
    .legend(
      new VizLegendOptionsBuilder()
        .showLegend(true)
        .displayMode(LegendDisplayMode.List)
        .placement(LegendPlacement.Bottom)
        .calcs(['lastNotNull']),
    )
    .tooltip(new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi).sort(SortOrder.Descending));
}

/** Curves that add up to something, one upon the other. */
export function stackedCurves(content: PanelContent): CurvesBuilder {
  return curves(content)
    .min(0)
    .fillOpacity(25)
    .stacking(new StackingConfigBuilder().mode(StackingMode.Normal).group('A'));
}

/** One number: the last one of the time range. */
export function stat(content: PanelContent): StatBuilder {
  return new StatBuilder()
    .title(content.title)
    .description(content.description)
    .datasource(pickedDatasource)
    .targets(numbered(content.queries))
    .unit(content.unit)
    .span(content.width)
    .height(statHeight)
    .graphMode(BigValueGraphMode.None)
    .reduceOptions(lastValue())
    .thresholds(thresholds('text', {}));
}

/** What of a series is shown where only one of its values is. */
export function lastValue(): ReduceDataOptionsBuilder {
  return new ReduceDataOptionsBuilder().calcs(['lastNotNull']).fields('').values(false);
}

/**
 * Colours from a value on.
 * @param below the colour below all of them
 */
export function thresholds(below: string, above: Readonly<Record<number, string>>): ThresholdsConfigBuilder {
  const steps = Object.entries(above).map(([value, color]) => ({ value: Number(value), color }));
  return new ThresholdsConfigBuilder()
    .mode(ThresholdsMode.Absolute)
    .steps([{ value: null, color: below }, ...steps]);
}

/** Queries of a panel are known by letters. */
export function numbered(queries: readonly DataqueryBuilder[]): DataqueryBuilder[] {
  return queries.map((query, index) => query.refId(String.fromCharCode('A'.charCodeAt(0) + index)));
}
