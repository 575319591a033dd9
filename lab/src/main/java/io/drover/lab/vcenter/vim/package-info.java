// SPDX-License-Identifier: Apache-2.0
/** Values of the vSphere Web Services API and their XML form. */
@NullMarked
package io.drover.lab.vcenter.vim;

import org.jspecify.annotations.NullMarked;
