import { FollowedList } from './Followed'

/** 我的报告: what one filed while signed in. */
export default function Mine() {
  return <FollowedList whose="own" />
}
