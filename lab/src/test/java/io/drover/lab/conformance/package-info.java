// SPDX-License-Identifier: Apache-2.0
/** Suites that a fake and the real thing both pass. */
package io.drover.lab.conformance;
