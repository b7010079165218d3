import { Card, Descriptions, Segmented, Space, Tag } from 'antd'
import { useTranslation } from 'react-i18next'

import { languages, type Language } from '../../../i18n'
import { useMe } from '../../session'
import { useLanguage } from '../../ui/LanguageSwitch'
import { usePost } from '../../ui/names'
import { Moment } from '../../ui/time'
import { Duty } from './Duty'
import { Factor } from './Factor'
import { Leave } from './Leave'
import { NewPassword } from './NewPassword'
import { Sessions } from './Sessions'

/** One's own account: who one is, where one is signed in, how one signs in, one's posts and leave. */
export default function Account() {
  const { t } = useTranslation(['account', 'common'])
  const me = useMe()
  const post = usePost()
  const [language, change] = useLanguage()
  return (
    <>
      <h1 className="page-title">{t('title')}</h1>
      <div className="cards">
        <Card title={me.name}>
          <Descriptions
            column={1}
            size="small"
            items={[
              { key: 'login', label: t('login'), children: me.login },
              { key: 'posts', label: t('posts'), children: me.posts.length ? <Space wrap size={[0, 4]}>{me.posts.map((p) => <Tag key={p.post}>{post(p.post)}</Tag>)}</Space> : t('noPosts') },
              { key: 'ends', label: t('ends'), children: <Moment at={me.ends} /> },
              { key: 'idle', label: t('idle'), children: t('idleMinutes', { count: Math.round(me.idle_seconds / 60) }) },
            ]}
          />
        </Card>
        <Card title={t('language')}>
          <p style={{ marginTop: 0 }}>{t('languageHelp')}</p>
          <Segmented aria-label={t('language')} value={language} onChange={(v) => change(v as Language)} options={languages.map((l) => ({ value: l, label: t(`common:language.${l}`) }))} />
        </Card>
        <Sessions />
        <Factor />
        <Card title={t('password')}><NewPassword login={me.login} done={() => undefined} /></Card>
        <Duty />
        <Leave />
      </div>
    </>
  )
}
