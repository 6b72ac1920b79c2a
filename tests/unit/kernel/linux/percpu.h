/* SPDX-License-Identifier: GPL-2.0 */
/* a machine of one CPU */
#define DEFINE_PER_CPU(type, name)	type name
#define this_cpu_read(v)		(v)
#define this_cpu_write(v, x)		((v) = (x))
#define this_cpu_inc_return(v)		(++(v))
#define this_cpu_dec_return(v)		(--(v))
