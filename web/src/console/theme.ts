import { theme as antd, type ThemeConfig } from 'antd'
import { useSyncExternalStore } from 'react'

import { useOnPaper } from './ui/paper'

const dark = window.matchMedia('(prefers-color-scheme: dark)')
const byThumb = window.matchMedia('(pointer: coarse), (max-width: 600px)')

/** Whether a question to the screen is true now. */
function useMedia(media: MediaQueryList): boolean {
  return useSyncExternalStore(
    (tell) => {
      media.addEventListener('change', tell)
      return () => media.removeEventListener('change', tell)
    },
    () => media.matches,
  )
}

/** Whether the system asks for dark screens, now; paper is always light. */
export function useDark(): boolean {
  const paper = useOnPaper()
  return useMedia(dark) && !paper
}

/** The colours follow the system's light or dark. Text on them keeps a contrast of at least 4.5. */
export function useTheme(): ThemeConfig {
  const isDark = useDark()
  const thumb = useMedia(byThumb)
  return {
    algorithm: isDark ? antd.darkAlgorithm : antd.defaultAlgorithm,
    token: {
      colorPrimary: isDark ? '#3fae93' : '#17705b',
      // antd would make these of the dark green, and grey: too little contrast for what is selected.
      colorPrimaryBg: isDark ? '#12352d' : '#e3f1ed',
      colorPrimaryBgHover: isDark ? '#174439' : '#cfe7e0',
      controlItemBgActive: isDark ? '#12352d' : '#e3f1ed',
      controlItemBgActiveHover: isDark ? '#174439' : '#cfe7e0',
      colorLink: isDark ? '#5fc4ab' : '#17705b',
      colorTextSecondary: isDark ? 'rgba(255,255,255,0.72)' : 'rgba(0,0,0,0.68)',
      colorTextTertiary: isDark ? 'rgba(255,255,255,0.65)' : 'rgba(0,0,0,0.62)',
      colorTextDescription: isDark ? 'rgba(255,255,255,0.72)' : 'rgba(0,0,0,0.66)',
      colorTextPlaceholder: isDark ? 'rgba(255,255,255,0.6)' : 'rgba(0,0,0,0.58)',
      // What tags, alerts and marks are drawn in: antd's own are too light on their light ground.
      ...(isDark
        ? { colorSuccess: '#86d05a', colorInfo: '#85bdff', colorWarning: '#e0b04a', colorError: '#ff8f8c' }
        : {
            colorSuccess: '#237804', colorInfo: '#0958d9', colorWarning: '#8a4b00', colorError: '#cf1322',
            green7: '#237804', 'green-7': '#237804', orange7: '#ad4e00', 'orange-7': '#ad4e00', gold7: '#874d00', 'gold-7': '#874d00',
            colorSuccessBg: '#eef9e8', colorInfoBg: '#e8f1ff', colorWarningBg: '#fff6dd', colorErrorBg: '#fff1f0',
          }),
      colorTextDisabled: isDark ? 'rgba(255,255,255,0.58)' : 'rgba(0,0,0,0.56)', // it says why something cannot be done
      ...(thumb ? { controlHeight: 40, controlHeightSM: 34 } : {}),
      borderRadius: 6,
      fontFamily: '"PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", "Noto Sans SC", system-ui, sans-serif',
    },
    components: { Menu: { itemSelectedColor: isDark ? '#7fd9c2' : '#0f5a48', itemSelectedBg: isDark ? '#12352d' : '#e3f1ed' }, Button: { primaryColor: isDark ? '#06231c' : '#ffffff', dangerColor: isDark ? '#2b0606' : '#ffffff' } },
  }
}

/** The four risk colours: a mark for beside the word, never the word's own colour alone. */
export const riskColours = { red: '#cf1322', yellow: '#d48806', blue: '#1668dc', green: '#389e0d' } as const
