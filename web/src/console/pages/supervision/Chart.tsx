import { BarChart } from 'echarts/charts'
import { AriaComponent, GridComponent, LegendComponent, TooltipComponent } from 'echarts/components'
import { init, use as register } from 'echarts/core'
import { CanvasRenderer } from 'echarts/renderers'
import { useEffect, useRef } from 'react'

import { useDark } from '../../theme'

register([BarChart, AriaComponent, GridComponent, LegendComponent, TooltipComponent, CanvasRenderer])

export interface Series {
  name: string
  colour: [light: string, dark: string]
  /** One for each row; null is not shown. */
  values: (number | null)[]
}

/** Stacked bars, a row each. The table beneath a chart has the same numbers: the chart is not the only way to them. */
export default function Chart({ label, rows, series, open }: { label: string; rows: string[]; series: Series[]; open?: (row: number, series: number) => void }) {
  const dark = useDark()
  const place = useRef<HTMLDivElement>(null)
  const click = useRef(open)
  useEffect(() => {
    click.current = open
  }, [open])
  useEffect(() => {
    const box = place.current
    if (!box) return
    const chart = init(box, null, { renderer: 'canvas' })
    const ink = dark ? 'rgba(255,255,255,0.85)' : 'rgba(0,0,0,0.8)'
    chart.setOption({
      animation: false,
      aria: { enabled: true, label: { description: label }, decal: { show: true } },
      tooltip: { trigger: 'axis', axisPointer: { type: 'shadow' }, renderMode: 'richText', confine: true },
      legend: { type: 'plain', bottom: 0, textStyle: { color: ink }, itemWidth: 18 },
      grid: { left: 8, right: 24, top: 8, bottom: 44, containLabel: true },
      xAxis: { type: 'value', minInterval: 1, axisLabel: { color: ink }, splitLine: { lineStyle: { color: dark ? '#3a3a3a' : '#e5e5e5' } } },
      yAxis: { type: 'category', inverse: true, data: rows, axisLabel: { color: ink, width: 110, overflow: 'truncate' }, axisTick: { show: false } },
      series: series.map((s) => ({
        type: 'bar' as const,
        name: s.name,
        stack: 'all',
        barMaxWidth: 22,
        cursor: open ? 'pointer' : 'default',
        itemStyle: { color: s.colour[dark ? 1 : 0] },
        data: s.values,
      })),
    })
    chart.on('click', (e) => {
      if (typeof e.dataIndex === 'number' && typeof e.seriesIndex === 'number') click.current?.(e.dataIndex, e.seriesIndex)
    })
    const watch = new ResizeObserver(() => chart.resize())
    watch.observe(box)
    return () => {
      watch.disconnect()
      chart.dispose()
    }
  }, [dark, label, rows, series, open])
  return <div ref={place} role="img" aria-label={label} style={{ width: '100%', height: Math.max(150, 70 + rows.length * 34) }} />
}
