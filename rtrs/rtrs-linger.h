/* SPDX-License-Identifier: GPL-2.0 */
/* What the module's start and end have to do for lingering ids. */
#ifndef RTRS_LINGER_H
#define RTRS_LINGER_H

int rtrs_linger_setup(void);
void rtrs_linger_cleanup(void);

#endif /* RTRS_LINGER_H */
